"""TensorBoard's own reader shows the curves that Coset wrote."""
import numpy as np
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import meeting


def main():
    given = meeting.arguments()
    folder = meeting.scratch()
    meeting.call(given.files, "write-events", folder)
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    assert sorted(events.Tags()["scalars"]) == ["train/loss", "validation/mse"], events.Tags()

    loss = events.Scalars("train/loss")
    assert [point.step for point in loss] == list(range(300))
    for point in loss:
        assert point.value == float(np.float32(1.0 / (1.0 + point.step))), point
        assert point.wall_time == 1.7e9 + point.step, point
    mse = events.Scalars("validation/mse")
    assert [point.step for point in mse] == [10**12 + step for step in range(0, 300, 7)]
    for point in mse:
        assert point.value == float(np.float32(-1e-30 * (point.step - 10**12))), point
    print(f"tensorboard {tensorboard.__version__}: {len(loss) + len(mse)} points, exactly")


main()
