"""The training schedule of section 5.1, independent of any network: which learning rate and batch size come next.

The paper (after its references 34, Masters and Luschi, and 35, Smith et al., ICLR 2018): the learning rate is reduced
each time the validation loss stops improving. Once no reduction helps, the batch grows, with the best rate of the
step before. This repeats until nothing improves.
"""

import math

from signwild.configuration.sections.training import Training

GO_ON, REDUCE, GROW, STOP, LIMIT = "", "reduce", "grow", "stop", "limit"
"""What follows an epoch: no change, a lower rate, a larger batch, the end, or the end by the number of epochs."""


class TrainingSchedule:
    """Learning rate and batch size of the next epoch, given the validation losses so far.

    A step is a run of epochs with one rate and one batch size; it ends after ``patience`` epochs without a new lowest
    loss. Without a schedule the first step is the last (the authors' code). With one, a step that lowered the
    loss is followed by one with a lower rate; so is a step that did not, up to ``reductions`` of them in a row. Then
    the batch grows, unless no step with this batch size lowered the loss, or the batch has its largest allowed size.
    """

    def __init__(self, training: Training, segments: int) -> None:
        self.learning_rate = training.learning_rate
        self.batch_size = training.batch_size
        self.epoch = 0
        self.best_loss = math.inf
        self._training = training
        self._segments = segments
        self._best_rate = training.learning_rate
        self._waited = self._failed = 0
        self._step_helped = self._batch_helped = False

    def observe(self, loss: float) -> str:
        """Record the validation loss of one more epoch and return what follows.

        A loss that is not finite is never an improvement, in the first epoch neither.
        """
        self.epoch += 1
        self._waited += 1
        if math.isfinite(loss) and loss < self.best_loss:
            self.best_loss, self._best_rate, self._waited = loss, self.learning_rate, 0
            self._step_helped = self._batch_helped = True
        if self.epoch == self._training.epochs:
            return LIMIT
        return self._next_step() if self._waited == self._training.patience else GO_ON

    def _next_step(self) -> str:
        schedule = self._training.schedule
        if schedule is None:
            return STOP
        self._failed = 0 if self._step_helped else self._failed + 1
        self._waited, self._step_helped = 0, False
        if self._failed < schedule.reductions:
            self.learning_rate *= schedule.learning_rate_factor
            return REDUCE
        largest = min(schedule.largest_batch, self._segments)
        if not self._batch_helped or self.batch_size >= largest:
            return STOP
        self.batch_size = min(self.batch_size * schedule.batch_factor, largest)
        self.learning_rate = self._best_rate
        self._failed, self._batch_helped = 0, False
        return GROW
