"""Shows a curator the pairs of records about which the score is least sure, and takes down what they decide."""

from pipeline.review.uncertain import Review, UncertainPair, uncertain_pairs

__all__ = ["Review", "UncertainPair", "uncertain_pairs"]
