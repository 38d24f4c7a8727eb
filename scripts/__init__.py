"""The commands: parse flags, call the library, print what happened. Installed as `midime_scripts`."""
