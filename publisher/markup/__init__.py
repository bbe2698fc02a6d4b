"""HTML in, HTML out: sanitised, every URL absolute, by one policy for each destination."""
