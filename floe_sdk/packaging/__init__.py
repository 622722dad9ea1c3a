"""`floe package`: a compiled product as a build context, the same bytes for equal inputs."""
