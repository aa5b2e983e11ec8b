"""What surrounds the code: documents, figures, examples, distributions, deployment."""
