"""PURE: pixels: decoding, previews, input images, likeness. May import: domain, PIL."""
