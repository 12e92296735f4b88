"""Loops rendered for Numba: one pass over memory for each of forward and backward, for tensors on the CPU."""
