"""A small darkroom: linear light, 1.0 being white paper in the sun; metres, with x to the right, y up, z away."""
