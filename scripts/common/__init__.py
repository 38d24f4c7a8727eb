"""What the commands share: flags, inputs, outputs and errors."""
