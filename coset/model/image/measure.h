/// What an image classifier is measured for beside its exact symmetries.
#pragma once

#include "coset/model/image_model.h"

namespace coset::model {

/// Adds to the certificate, computed in float32 unless said otherwise:
/// * the change of the logits against the angle of the picture, every 15 degrees, or, for a network on scales, against
///   its size; pictures are read between pixels bilinearly, and beyond an edge that is not black they are mirrored;
/// * for a network on scales the row "translation" (coset/model/image/scale_errors.h: exact, in both precisions) and the
///   octave per layer, which is expected within 5e-2 where the image is finely sampled.
/// @param images (B, channels, size, size), whole numbers 0 .. 255. The model is left in float64 or float32.
void measure_image_model(ImageModel& model, const Tensor& images, verify::Certificate& certificate);

}  // namespace coset::model
