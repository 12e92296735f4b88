"""Blocks rendered for Triton: the same for tensors on a GPU."""
