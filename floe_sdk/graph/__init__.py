"""`floe graph`: a product's graph to look at, as text, Mermaid, JSON or a page. Reads; runs nothing."""
