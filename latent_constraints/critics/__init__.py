"""Critics of latents: attributes, realism and a person's own music."""
