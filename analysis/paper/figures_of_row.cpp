#include "paper/figures_of_row.hpp"

#include <algorithm>

#include "closed_form/quality.hpp"
#include "closed_form/reuse.hpp"
#include "model/parameters.hpp"

namespace ringtail {
namespace {

using closed_form::ClosedForm;

/// What a decode step takes, by formula or by simulation.
struct Step {
  double batch = 0;
  Seconds compute = 0;
  Seconds hbm = 0;
  Seconds communication = 0;  ///< Exposed.
  double tokens_per_s = 0;
};

/// A value made of others, with the first remark among them; no value if one of them has none.
template <class Function>
Figure combined(const Figure& a, const Figure& b, const Function& function) {
  if (!a.value) return {std::nullopt, a.remark};
  if (!b.value) return {std::nullopt, b.remark};
  return {function(*a.value, *b.value), a.remark.empty() ? b.remark : a.remark};
}

Figure quotient(const Figure& a, const Figure& b, double factor = 1) {
  if (b.value && *b.value == 0) return {std::nullopt, "nothing fits"};
  return combined(a, b, [factor](double x, double y) { return factor * x / y; });
}

/// A row by one reading.
class RowReading {
 public:
  RowReading(const RowCase& row, Reading reading) : row_(row), reading_(reading) {}

  [[nodiscard]] Figure experts() const {
    return parameter([](const Moe& moe) { return moe.experts; });
  }
  [[nodiscard]] Figure experts_per_token() const {
    return parameter([](const Moe& moe) { return moe.experts_per_token; });
  }
  [[nodiscard]] Figure sparsity() const {
    if (reading_ != Reading::physical) return parameter(nominal_sparsity);
    const ParameterCount count = count_parameters(row_.model);
    return parameter([&](const Moe&) { return count.active() / count.total(); });
  }
  [[nodiscard]] Figure quality() const {
    if (reading_ == Reading::simulated) return {std::nullopt, "nothing to simulate"};
    if (row_.row.losses) return {closed_form::quality_multiplier(row_.row.losses->dense, row_.row.losses->moe), ""};
    if (row_.row.q) return {*row_.row.q, ""};
    return {std::nullopt, "a dense model"};
  }
  [[nodiscard]] Figure quality_sparsity() const {
    return combined(sparsity(), quality(), [](double s, double q) { return q * s; });
  }

  /// The reading's own largest batch.
  [[nodiscard]] Figure batch(const Variant* variant) const {
    if (!variant) return {std::nullopt, "there is no such variant"};
    if (reading_ == Reading::simulated) return {variant->ledger_batch, ""};
    const auto& form = form_of(*variant);
    return form ? Figure{form->largest_batch, ""} : Figure{std::nullopt, variant->no_closed_form};
  }
  /// The batch that reuse is of: the printed one by the paper.
  [[nodiscard]] Figure reused(const Variant* variant) const {
    if (!variant || reading_ != Reading::paper) return batch(variant);
    return variant->paper ? Figure{variant->paper->batch, ""} : Figure{std::nullopt, variant->no_closed_form};
  }
  [[nodiscard]] Figure reuse_moe() const {
    const bool has_floor = reading_ != Reading::paper;
    return combined(reused(row_.moe), nominal(),
                    [&](double b, double s) { return b > 0 ? closed_form::expert_reuse(b, s, has_floor) : 0; });
  }
  [[nodiscard]] Figure reuse_dense() const { return reused(row_.dense); }
  [[nodiscard]] Figure routing() const { return quotient({1, ""}, nominal()); }
  [[nodiscard]] Figure capacity() const { return quotient(reused(row_.dense), reused(row_.moe)); }
  [[nodiscard]] Figure gap() const {
    return combined(routing(), capacity(), [](double x, double y) { return x * y; });
  }

  /// Of the decode step of a variant.
  template <class Value>
  [[nodiscard]] Figure of_step(const Variant* variant, const Value& value) const {
    if (!variant) return {std::nullopt, "there is no such variant"};
    if (reading_ == Reading::simulated) {
      if (!variant->result) return {std::nullopt, variant->not_simulated};
      const Measurement& m = *variant->result->measurement;
      const auto exposed = m.breakdown[static_cast<std::size_t>(State::exposed_communication)];
      return {value(Step{static_cast<double>(variant->result->capacity.batch_total), m.work.compute, m.work.hbm,
                         exposed, m.throughput.tokens_per_s}),
              variant->remark};
    }
    const auto& form = form_of(*variant);
    if (!form) return {std::nullopt, variant->no_closed_form};
    return {value(Step{form->batch, form->compute, form->hbm, form->exposed_communication, form->tokens_per_s}), ""};
  }
  [[nodiscard]] Figure throughput(const Variant* variant) const {
    return of_step(variant, [](const Step& step) { return step.tokens_per_s; });
  }
  [[nodiscard]] Figure per_token(Seconds Step::*part, Seconds unit) const {
    return of_step(row_.moe ? row_.moe : row_.dense, [&](const Step& step) { return step.*part / step.batch / unit; });
  }

 private:
  static double nominal_sparsity(const Moe& moe) { return closed_form::sparsity(moe.experts, moe.experts_per_token); }
  template <class Value>
  [[nodiscard]] Figure parameter(const Value& value) const {
    if (reading_ == Reading::simulated) return {std::nullopt, "nothing to simulate"};
    return row_.model.moe ? Figure{value(*row_.model.moe), ""} : Figure{std::nullopt, "a dense model"};
  }
  /// k / E, also where parameters are counted.
  [[nodiscard]] Figure nominal() const {
    return row_.model.moe ? Figure{nominal_sparsity(*row_.model.moe), ""} : Figure{std::nullopt, "a dense model"};
  }
  [[nodiscard]] const std::optional<ClosedForm>& form_of(const Variant& variant) const {
    return reading_ == Reading::paper ? variant.paper : variant.physical;
  }

  const RowCase& row_;
  Reading reading_;
};

}  // namespace

bool is_timed(Quantity quantity) { return quantity >= Quantity::throughput_moe; }

Figure figure(const RowCase& row, const RowCase& hundred, Quantity quantity, Reading reading, Seconds unit) {
  const RowReading reads(row, reading);
  const auto relative = [&](const Variant* variant) {
    return quotient(reads.throughput(variant), RowReading(hundred, reading).throughput(hundred.moe), 100);
  };
  switch (quantity) {
    case Quantity::experts: return reads.experts();
    case Quantity::experts_per_token: return reads.experts_per_token();
    case Quantity::sparsity: return reads.sparsity();
    case Quantity::quality: return reads.quality();
    case Quantity::quality_sparsity: return reads.quality_sparsity();
    case Quantity::batch_moe: return reads.batch(row.moe);
    case Quantity::batch_dense: return reads.batch(row.dense);
    case Quantity::reuse_moe: return reads.reuse_moe();
    case Quantity::reuse_dense: return reads.reuse_dense();
    case Quantity::routing: return reads.routing();
    case Quantity::capacity: return reads.capacity();
    case Quantity::gap: return reads.gap();
    case Quantity::throughput_moe: return relative(row.moe);
    case Quantity::throughput_dense: return relative(row.dense);
    case Quantity::speedup: return quotient(reads.throughput(row.dense), reads.throughput(row.moe));
    case Quantity::hbm: return reads.per_token(&Step::hbm, unit);
    case Quantity::compute: return reads.per_token(&Step::compute, unit);
    case Quantity::communication: return reads.per_token(&Step::communication, unit);
  }
  return {};
}

}  // namespace ringtail
