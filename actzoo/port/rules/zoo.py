"""With `--use-zoo`: activations of the zoo in place of the frameworks' own, with Paddle's arguments."""

TABLE = """
[Layer]
paddle.nn.{Mish Softsign Tanh Sigmoid LogSigmoid ReLU6}() => zoo.{}()
paddle.nn.{Silu Swish}() => zoo.Swish()
paddle.nn.Hardswish() => zoo.HardSwish()
paddle.nn.SELU(scale=1.0507009873554805, alpha=1.6732632423543772) => zoo.SELU()
paddle.nn.{ELU CELU}(alpha=1.0) => zoo.{}(alpha=alpha)
paddle.nn.GELU(approximate=False)
    if not given(approximate) or false(approximate) or approximate == 'none' => zoo.GELU()
    if true(approximate) or approximate == 'tanh' => zoo.GELU(approximate='tanh')
"""
