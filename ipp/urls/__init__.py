"""One URLconf per audience; what a process does not route it cannot leak."""
