"""Optimisers, schedulers, metrics, data. These twins have Paddle's own arguments."""

TABLE = """
[Optimizer]
paddle.optimizer.{Optimizer SGD Momentum Adam AdamW Adamax Adagrad Adadelta RMSProp} => twins.{}

[Scheduler]
paddle.optimizer.lr.{LRScheduler CosineAnnealingDecay StepDecay MultiStepDecay ExponentialDecay PolynomialDecay} => twins.{}
paddle.optimizer.lr.{LambdaDecay LinearWarmup PiecewiseDecay NoamDecay InverseTimeDecay NaturalExpDecay} => twins.{}
paddle.optimizer.lr.{MultiplicativeDecay} => twins.{}

[Metric]
paddle.metric.{Accuracy Metric} => twins.{}

[Tensor]
paddle.metric.accuracy(input, label, k=1) => twins.accuracy(input, label, k=k)

[Scaler]
paddle.amp.GradScaler(enable=True, init_loss_scaling=65536.0, incr_ratio=2.0, decr_ratio=0.5, incr_every_n_steps=2000, decr_every_n_nan_or_inf=1, use_dynamic_loss_scaling=True)
    => torch.amp.GradScaler(enabled=enable, init_scale=init_loss_scaling, growth_factor=incr_ratio, backoff_factor=decr_ratio, growth_interval=incr_every_n_steps)

[Loader]
paddle.io.DataLoader => twins.DataLoader

[Dataset]
paddle.io.{Dataset IterableDataset} => torch.utils.data.{}
paddle.io.TensorDataset(tensors) => twins.TensorDataset(tensors)
paddle.io.Subset(dataset, indices) => torch.utils.data.Subset(dataset, indices)
paddle.io.random_split(dataset, lengths) => torch.utils.data.random_split(dataset, lengths)
paddle.vision.datasets.{Cifar10 Cifar100 MNIST FashionMNIST} => twins.{}

[Model]
paddle.Model => twins.Model

[PyLayer]
paddle.autograd.PyLayer => twins.PyLayer
paddle.autograd.py_layer.PyLayer => twins.PyLayer

[Context]
paddle.autograd.PyLayerContext => torch.autograd.function.FunctionCtx

[Plain]
paddle.autograd.py_layer.once_differentiable => torch.autograd.function.once_differentiable

[Distribution]
paddle.distribution.Categorical => twins.Categorical
paddle.distribution.Normal => twins.NormalDistribution
paddle.distribution.Multinomial(total_count, probs) => torch.distributions.Multinomial(total_count, probs)

# What a page of documentation prints: the names of Paddle 3.3
[Plain]
paddle.text.__all__ => ['Conll05st', 'Imdb', 'Imikolov', 'Movielens', 'UCIHousing', 'WMT14', 'WMT16', 'ViterbiDecoder', 'viterbi_decode']
paddle.vision.datasets.__all__ => ['DatasetFolder', 'ImageFolder', 'MNIST', 'FashionMNIST', 'Flowers', 'Cifar10', 'Cifar100', 'VOC2012']
paddle.vision.transforms.__all__ => ['BaseTransform', 'Compose', 'Resize', 'RandomResizedCrop', 'CenterCrop', 'RandomHorizontalFlip', 'RandomVerticalFlip', 'Transpose', 'Normalize', 'BrightnessTransform', 'SaturationTransform', 'ContrastTransform', 'HueTransform', 'ColorJitter', 'RandomCrop', 'Pad', 'RandomAffine', 'RandomRotation', 'RandomPerspective', 'Grayscale', 'ToTensor', 'RandomErasing', 'to_tensor', 'hflip', 'vflip', 'resize', 'pad', 'affine', 'rotate', 'perspective', 'to_grayscale', 'crop', 'center_crop', 'adjust_brightness', 'adjust_contrast', 'adjust_hue', 'normalize', 'erase']
paddle.vision.models.__all__ => ['ResNet', 'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152', 'resnext50_32x4d', 'resnext50_64x4d', 'resnext101_32x4d', 'resnext101_64x4d', 'resnext152_32x4d', 'resnext152_64x4d', 'wide_resnet50_2', 'wide_resnet101_2', 'VGG', 'vgg11', 'vgg13', 'vgg16', 'vgg19', 'MobileNetV1', 'mobilenet_v1', 'MobileNetV2', 'mobilenet_v2', 'MobileNetV3Small', 'MobileNetV3Large', 'mobilenet_v3_small', 'mobilenet_v3_large', 'LeNet', 'DenseNet', 'densenet121', 'densenet161', 'densenet169', 'densenet201', 'densenet264', 'AlexNet', 'alexnet', 'InceptionV3', 'inception_v3', 'SqueezeNet', 'squeezenet1_0', 'squeezenet1_1', 'GoogLeNet', 'googlenet', 'ShuffleNetV2', 'shufflenet_v2_x0_25', 'shufflenet_v2_x0_33', 'shufflenet_v2_x0_5', 'shufflenet_v2_x1_0', 'shufflenet_v2_x1_5', 'shufflenet_v2_x2_0', 'shufflenet_v2_swish']

[Plain]
paddle.distributed.{all_reduce all_gather} => twins.{}
paddle.distributed.spawn(func, args=(), nprocs=-1) => func(*args)
paddle.distributed.ParallelEnv => twins.ParallelEnv
paddle.vision.image_load => twins.image_load
paddle.vision.transforms.ColorJitter => twins.ColorJitter
paddle.io.{BatchSampler DistributedBatchSampler} => twins.BatchSampler
paddle.io.{RandomSampler}(data_source=None) => torch.utils.data.RandomSampler(data_source)
paddle.io.{SequenceSampler}(data_source=None) => torch.utils.data.SequentialSampler(data_source)
paddle.vision.set_image_backend => twins.set_image_backend
paddle.vision.transforms.{Compose ToTensor Normalize Resize RandomResizedCrop RandomHorizontalFlip} => twins.{}
paddle.vision.transforms.{RandomRotation BrightnessTransform ContrastTransform SaturationTransform HueTransform} => twins.{}
paddle.vision.transforms.{resize crop center_crop hflip vflip rotate} => twins.{}
paddle.vision.transforms.{adjust_brightness adjust_contrast adjust_hue} => twins.{}
paddle.vision.transforms.pad => twins.pad_image
paddle.vision.transforms.to_tensor => twins.to_tensor_image
paddle.vision.transforms.normalize => twins.normalize_image
paddle.vision.transforms.functional.{resize crop center_crop hflip vflip rotate} => twins.{}
paddle.vision.transforms.functional.{adjust_brightness adjust_contrast adjust_saturation adjust_hue} => twins.{}
paddle.vision.transforms.functional.pad => twins.pad_image
paddle.vision.transforms.functional.to_tensor => twins.to_tensor_image
paddle.vision.transforms.functional.normalize => twins.normalize_image
paddle.vision.transforms.{BaseTransform RandomVerticalFlip CenterCrop RandomCrop Transpose Pad Grayscale} => twins.{}
"""
