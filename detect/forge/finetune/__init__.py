"""A network of one's own: a backbone tuned on views of pictures that the forge launders anew at every look."""
