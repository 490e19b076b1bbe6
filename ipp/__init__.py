"""IPP: the project package (the roof, and `ipp.core`, the ground)."""
