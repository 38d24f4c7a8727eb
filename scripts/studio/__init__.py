"""The studio: a page on this machine that calls the library, and the server behind it."""
