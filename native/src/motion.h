// Where a face is, how it moves, and how sure that is.
#pragma once

#include <cstdint>

namespace sophon {

// A detected face: centre and logarithms of its sides.
struct Face {
    double x, y;
    double log_width, log_height;
    double score;
    int32_t index;  // in the caller's arrays
};

// Kalman filter: constant velocity of the centre under white-noise acceleration, random walk of log width and log
// height. Both axes of a pair share one variance, so there is no matrix to invert. All noise is in proportion to
// the face's own size, so near and far faces behave alike, and follows time exactly: two steps of 20 ms give the
// variances of one of 40 ms.
class Motion {
  public:
    explicit Motion(const Face& face);
    void predict(double seconds);
    void update(const Face& face);

    // How much likelier `face` is this one than a new one; 0 when it is not, or when it is out of the gate.
    // The gate is a limit on the squared Mahalanobis distance, so it opens with the time since the last face and
    // closes as the velocity becomes known. The logarithm of the variances is part of the likelihood: a track that
    // could by now be anywhere must not take a face from one that is sure of its place.
    double gain(const Face& face) const;

  private:
    double noise_variance() const;

    double x_, y_;
    double vx_ = 0.0, vy_ = 0.0;
    double log_width_, log_height_;
    double area_;
    double position_variance_, covariance_ = 0.0, velocity_variance_;
    double size_variance_;
};

}  // namespace sophon
