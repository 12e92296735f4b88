"""How fast the zoo is, and what it keeps: beside the frameworks' own functions, plain compositions, `relu` and a copy.

Each framework runs in a process of its own. Contenders take turns within one run, and what is compared is the ratio of
their times in the same round: machines are noisy, and rounds are short.
"""
