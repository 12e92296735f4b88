"""With `--use-zoo`: activations of the zoo in place of the frameworks' own."""

TABLE = """
[Layer]
paddle.nn.{Mish ELU CELU SELU Softsign Tanh Sigmoid LogSigmoid}() => zoo.{}()
paddle.nn.{Silu Swish}() => zoo.Swish()
paddle.nn.Hardswish() => zoo.HardSwish()
paddle.nn.GELU() => zoo.GELU()
paddle.nn.ReLU6() => zoo.ReLU6()
"""
