#include "decode/length_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <stdexcept>

namespace ringtail {
namespace {

double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

/// E[min(exp(mu + sigma · z), most)]: the part below `most` of a lognormal's mean, exp(mu + sigma²/2) · Φ(a - sigma)
/// with a = (log most - mu) / sigma, and `most` for the rest.
double cut_mean(double mu, double sigma, double most) {
  if (sigma == 0) return std::min(std::exp(mu), most);
  const double a = (std::log(most) - mu) / sigma;
  return std::exp(mu + sigma * sigma / 2) * normal_cdf(a - sigma) + most * normal_cdf(-a);
}

/// The mu at which the cut distribution has the mean: it rises with mu, from at most exp(mu + sigma²/2) to `most`.
double mu_of_mean(double mean, double sigma, double most) {
  double low = std::log(mean) - sigma * sigma / 2;
  double high = std::log(most) + 10 * sigma;  // there all but 1e-23 is cut
  for (int bit = 0; bit < 100; ++bit) {
    const double middle = (low + high) / 2;
    (cut_mean(middle, sigma, most) < mean ? low : high) = middle;
  }
  return high;
}

double mu_of(const LognormalLengths& law, double most) {
  if (law.median.has_value() == law.mean.has_value())
    throw std::invalid_argument("a lognormal length needs its median or its mean");
  if (law.median && *law.median <= most) return std::log(*law.median);
  if (law.mean && (*law.mean < most || (*law.mean == most && law.sigma == 0)))
    return law.sigma == 0 ? std::log(*law.mean) : mu_of_mean(*law.mean, law.sigma, most);
  throw std::invalid_argument("a lognormal length's median or mean is not below its max");
}

}  // namespace

LengthLaw::LengthLaw(const ContextLengths& lengths) : kind_(lengths.kind) {
  using Kind = ContextLengths::Kind;
  switch (kind_) {
    case Kind::fixed: low_ = high_ = lengths.fixed; break;
    case Kind::uniform:
      low_ = lengths.uniform.low;
      high_ = lengths.uniform.high;
      break;
    case Kind::lognormal:
      high_ = lengths.lognormal.max.value_or(longest_context);
      sigma_ = lengths.lognormal.sigma;
      mu_ = mu_of(lengths.lognormal, high_);
      break;
    case Kind::trace: requests_ = lengths.trace.requests; break;
  }
  if (low_ < 1 || low_ > high_) throw std::invalid_argument("lengths go from at least 1 upwards");
  mean_ = kind_ == Kind::lognormal ? cut_mean(mu_, sigma_, high_) : (low_ + static_cast<double>(high_)) / 2;
  if (kind_ != Kind::trace) return;
  double sum = 0;
  outputs_before_.push_back(0);
  for (const Request& request : requests_) {
    outputs_before_.push_back(outputs_before_.back() + request.output);
    sum += request.output * (request.input + (request.output - 1.0) / 2);
  }
  if (outputs_before_.back() == 0) throw std::invalid_argument("no request has any output");
  mean_ = sum / static_cast<double>(outputs_before_.back());
}

int LengthLaw::draw(const RandomStream& stream, std::uint32_t sequence) const {
  if (low_ == high_ && kind_ != ContextLengths::Kind::trace) return low_;
  const double u = open_unit(stream.block({0, sequence, 0, 0}));
  switch (kind_) {
    case ContextLengths::Kind::lognormal: return lognormal(u);
    case ContextLengths::Kind::trace: return in_flight(u);
    default: break;
  }
  const double values = high_ - low_ + 1.0;
  return std::min(high_, low_ + static_cast<int>(u * values));
}

int LengthLaw::lognormal(double u) const {
  const double z = -std::numbers::sqrt2 * boost::math::erfc_inv(2 * u);
  const double tokens = std::exp(mu_ + sigma_ * z);
  return tokens >= high_ ? high_ : std::max(1, static_cast<int>(std::lround(tokens)));
}

/// All output tokens of the trace in a row: each is generated in one step, in which its sequence is in the batch. So
/// one of them, chosen with equal chances, gives the request and what was generated before it.
int LengthLaw::in_flight(double u) const {
  const std::int64_t tokens = outputs_before_.back();
  const auto token = std::min(tokens - 1, static_cast<std::int64_t>(u * static_cast<double>(tokens)));
  const auto after = std::upper_bound(outputs_before_.begin(), outputs_before_.end(), token);
  const auto request = static_cast<std::size_t>(after - outputs_before_.begin()) - 1;
  return requests_[request].input + static_cast<int>(token - outputs_before_[request]);
}

std::vector<int> draw_lengths(const LengthLaw& law, const RandomStream& stream, int count) {
  std::vector<int> lengths(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = law.draw(stream, static_cast<std::uint32_t>(i));
  return lengths;
}

int mean_context(const ContextLengths& lengths) {
  return lengths.is_fixed() ? lengths.fixed : std::max(1, static_cast<int>(std::lround(LengthLaw(lengths).mean())));
}

std::string context_text(const ContextLengths& lengths) {
  const LognormalLengths& l = lengths.lognormal;
  std::string law;
  switch (lengths.kind) {
    case ContextLengths::Kind::fixed: return fmt::format("{}", lengths.fixed);
    case ContextLengths::Kind::uniform:
      law = fmt::format("uniform from {} to {}", lengths.uniform.low, lengths.uniform.high);
      break;
    case ContextLengths::Kind::lognormal:
      law = l.median ? fmt::format("lognormal, median {}, sigma {}", *l.median, l.sigma)
                     : fmt::format("lognormal, sigma {}", l.sigma);
      if (l.max) law += fmt::format(", at most {}", *l.max);
      break;
    case ContextLengths::Kind::trace:
      law = fmt::format("from {}", std::filesystem::path(lengths.trace.file).filename().string());
      break;
  }
  return fmt::format("{}, mean {}", law, mean_context(lengths));
}

}  // namespace ringtail
