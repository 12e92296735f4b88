"""Optimisers, schedulers, metrics, data. These twins have Paddle's own arguments."""

TABLE = """
[Optimizer]
paddle.optimizer.{Optimizer SGD Momentum Adam AdamW Adamax Adagrad Adadelta RMSProp} => twins.{}

[Scheduler]
paddle.optimizer.lr.{LRScheduler CosineAnnealingDecay StepDecay MultiStepDecay ExponentialDecay PolynomialDecay} => twins.{}
paddle.optimizer.lr.{LambdaDecay LinearWarmup PiecewiseDecay NoamDecay InverseTimeDecay NaturalExpDecay} => twins.{}
paddle.optimizer.lr.{MultiplicativeDecay} => twins.{}

[Metric]
paddle.metric.Accuracy => twins.Accuracy

[Tensor]
paddle.metric.accuracy(input, label, k=1) => twins.accuracy(input, label, k=k)

[Scaler]
paddle.amp.GradScaler(enable=True, init_loss_scaling=65536.0, incr_ratio=2.0, decr_ratio=0.5, incr_every_n_steps=2000, decr_every_n_nan_or_inf=1, use_dynamic_loss_scaling=True)
    => torch.amp.GradScaler(enabled=enable, init_scale=init_loss_scaling, growth_factor=incr_ratio, backoff_factor=decr_ratio, growth_interval=incr_every_n_steps)

[Loader]
paddle.io.DataLoader => twins.DataLoader

[Dataset]
paddle.io.{Dataset IterableDataset} => torch.utils.data.{}
paddle.io.TensorDataset(tensors) => torch.utils.data.TensorDataset(*tensors)
paddle.io.Subset(dataset, indices) => torch.utils.data.Subset(dataset, indices)
paddle.io.random_split(dataset, lengths) => torch.utils.data.random_split(dataset, lengths)
paddle.vision.datasets.{Cifar10 Cifar100 MNIST FashionMNIST} => twins.{}

[Model]
paddle.Model => twins.Model

[Distribution]
paddle.distribution.Categorical => twins.Categorical
paddle.distribution.Normal => twins.NormalDistribution

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
paddle.vision.transforms.{RandomVerticalFlip CenterCrop RandomCrop Transpose Pad Grayscale} => twins.{}
"""
