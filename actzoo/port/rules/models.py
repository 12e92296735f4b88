"""`paddle.vision.models`: Paddle's own files, which are ported too where Paddle is installed."""

TABLE = """
[Layer]
paddle.vision.models.{AlexNet alexnet} => models.alexnet.{}
paddle.vision.models.{DenseNet densenet121 densenet161 densenet169 densenet201 densenet264} => models.densenet.{}
paddle.vision.models.{GoogLeNet googlenet} => models.googlenet.{}
paddle.vision.models.{InceptionV3 inception_v3} => models.inceptionv3.{}
paddle.vision.models.{LeNet} => models.lenet.{}
paddle.vision.models.{MobileNetV1 mobilenet_v1} => models.mobilenetv1.{}
paddle.vision.models.{MobileNetV2 mobilenet_v2} => models.mobilenetv2.{}
paddle.vision.models.{MobileNetV3Large MobileNetV3Small mobilenet_v3_large mobilenet_v3_small} => models.mobilenetv3.{}
paddle.vision.models.{ResNet resnet18 resnet34 resnet50 resnet101 resnet152} => models.resnet.{}
paddle.vision.models.{resnext50_32x4d resnext50_64x4d resnext101_32x4d resnext101_64x4d} => models.resnet.{}
paddle.vision.models.{resnext152_32x4d resnext152_64x4d wide_resnet50_2 wide_resnet101_2} => models.resnet.{}
paddle.vision.models.resnet.{BasicBlock BottleneckBlock} => models.resnet.{}
paddle.vision.models.{ShuffleNetV2 shufflenet_v2_swish shufflenet_v2_x0_5 shufflenet_v2_x0_25} => models.shufflenetv2.{}
paddle.vision.models.{shufflenet_v2_x0_33 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0} => models.shufflenetv2.{}
paddle.vision.models.{SqueezeNet squeezenet1_0 squeezenet1_1} => models.squeezenet.{}
paddle.vision.models.{VGG vgg11 vgg13 vgg16 vgg19} => models.vgg.{}
paddle.vision.ops.ConvNormActivation => twins.ConvNormActivation

[Plain]
paddle.vision.models._utils._make_divisible => twins.make_divisible
"""
