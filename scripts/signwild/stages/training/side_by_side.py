"""Trainings side by side: the steps that several networks of one form ask for are computed together.

Each training goes its own way, with its own data, rate, batch size and end. Those that have ended an epoch wait for the
others, as predictions are computed together too; a network that has nothing to do in a step stays as it is.
"""

from typing import TYPE_CHECKING

from signwild.stages.training.steps import Prediction, Step, TrainingSteps

if TYPE_CHECKING:
    from signwild.stages.training.compiled import CompiledNetworks  # starts Keras, which takes seconds


class SideBySide:
    """Trainings under way, by the number of their network.

    ``ended``: what those that ended resulted in, or the exception that ended them.
    """

    def __init__(self, networks: "CompiledNetworks") -> None:
        self._networks = networks
        self._running: dict[int, tuple[TrainingSteps, Step | Prediction]] = {}
        self.ended: dict[int, object] = {}

    def start(self, number: int, training: TrainingSteps) -> None:
        """Begin a training, up to its first step."""
        self._go_on(number, training, None)

    def advance(self) -> None:
        """Compute the next step of all that train; if none does, the predictions that the others wait for."""
        found = {}
        steps = {number: asked for number, (_, asked) in self._running.items() if isinstance(asked, Step)}
        if steps:
            self._networks.train(steps)
            found = dict.fromkeys(steps)
        elif self._running:
            found = self._networks.predict({number: asked for number, (_, asked) in self._running.items()})
        for number, probabilities in found.items():
            training, _ = self._running.pop(number)
            self._go_on(number, training, probabilities)

    def _go_on(self, number: int, training: TrainingSteps, probabilities: object) -> None:
        try:
            self._running[number] = training, training.send(probabilities)
        except StopIteration as end:
            self.ended[number] = end.value
        except Exception as error:
            self.ended[number] = error
