// Constants: found by search on synthetic crowds at 5, 10, 25 and 60 frames a second, then rounded. With any one
// of them a fifth off, IDF1 changes by less than 0.01 (kNewFaceSurprise: 0.02). Lengths are in sizes of the face,
// the square root of its area.

#include "motion.h"

#include <cmath>

namespace sophon {
namespace {

constexpr double kPlaceNoise = 0.08;   // standard deviation of a detected centre
constexpr double kSizeNoise = 0.07;    // standard deviation of a detected log side
constexpr double kAcceleration = 3.0;  // spectral density, sizes^2 / s^3: people stop and turn
constexpr double kFirstSpeed = 2.5;    // standard deviation of an unknown velocity, sizes / s
constexpr double kSizeDrift = 0.01;    // growth of the variance of a log side, 1 / s
constexpr double kGate = 12.0;         // of the squared distance in four dimensions: 98 % of true faces are nearer
constexpr double kNewFaceSurprise = 20;  // -2 log likelihood above which a new face is the better explanation

constexpr double kPlaceVariance = kPlaceNoise * kPlaceNoise;
constexpr double kSizeVariance = kSizeNoise * kSizeNoise;

}  // namespace

Motion::Motion(const Face& face)
    : x_(face.x),
      y_(face.y),
      log_width_(face.log_width),
      log_height_(face.log_height),
      area_(std::exp(face.log_width + face.log_height)),
      position_variance_(kPlaceVariance * area_),
      velocity_variance_(kFirstSpeed * kFirstSpeed * area_),
      size_variance_(kSizeVariance) {}

double Motion::noise_variance() const { return kPlaceVariance * area_; }

void Motion::predict(double seconds) {
    const double density = kAcceleration * area_;
    x_ += vx_ * seconds;
    y_ += vy_ * seconds;
    position_variance_ += seconds * (2.0 * covariance_ + seconds * (velocity_variance_ + density * seconds / 3.0));
    covariance_ += seconds * (velocity_variance_ + density * seconds / 2.0);
    velocity_variance_ += density * seconds;
    size_variance_ += kSizeDrift * seconds;
}

void Motion::update(const Face& face) {
    const double spread = position_variance_ + noise_variance();
    const double gain = position_variance_ / spread, speed_gain = covariance_ / spread;
    const double dx = face.x - x_, dy = face.y - y_;
    x_ += gain * dx;
    y_ += gain * dy;
    vx_ += speed_gain * dx;
    vy_ += speed_gain * dy;
    velocity_variance_ -= speed_gain * covariance_;
    covariance_ *= 1.0 - gain;
    position_variance_ *= 1.0 - gain;

    const double size_gain = size_variance_ / (size_variance_ + kSizeVariance);
    log_width_ += size_gain * (face.log_width - log_width_);
    log_height_ += size_gain * (face.log_height - log_height_);
    size_variance_ *= 1.0 - size_gain;
    area_ = std::exp(log_width_ + log_height_);
}

double Motion::gain(const Face& face) const {
    const double dx = face.x - x_, dy = face.y - y_;
    const double dw = face.log_width - log_width_, dh = face.log_height - log_height_;
    const double spread = position_variance_ + noise_variance();
    const double size_spread = size_variance_ + kSizeVariance;
    const double distance = (dx * dx + dy * dy) / spread + (dw * dw + dh * dh) / size_spread;
    if (!(distance < kGate)) return 0.0;
    const double doubt = 2.0 * std::log(spread / noise_variance() * (size_spread / kSizeVariance));
    return std::fmax(kNewFaceSurprise - distance - doubt, 0.0);
}

}  // namespace sophon
