"""Models that tests build in every framework; no weights, no bounds but those of single layers."""
