#include "closed_form/evaluate.hpp"

#include "closed_form/capacity.hpp"

namespace ringtail::closed_form {
namespace {

double chosen_batch(const Switches& switches, double equation, double ledger) {
  switch (switches.batch) {
    case BatchChoice::printed: return switches.printed_batch;
    case BatchChoice::equation: return equation;
    case BatchChoice::ledger: return ledger;
  }
  return ledger;
}

}  // namespace

ClosedForm evaluate(const System& system, const Switches& switches, double ledger_batch) {
  ClosedForm result;
  for (const Part& part : parts(system, switches, 1)) result.resident_weights += part.resident;
  result.kv_per_sequence = kv_per_sequence(system, switches);
  result.largest_batch =
      largest_batch(system.platform.gpu.hbm.capacity, result.resident_weights, result.kv_per_sequence);
  result.batch = chosen_batch(switches, result.largest_batch, ledger_batch);
  if (result.batch <= 0) return result;

  const std::vector<Part> all = parts(system, switches, result.batch);
  const BytesPerSecond bandwidth = system.platform.gpu.hbm.bandwidth;
  const Roofline attention = roofline_of(all, Phase::attention, bandwidth);
  const Roofline ffn = roofline_of(all, Phase::ffn, bandwidth);
  result.compute = attention.compute + ffn.compute;
  result.hbm = attention.hbm + ffn.hbm;
  result.collectives = step_collectives(system, switches, result.batch);
  result.exposed_communication = exposed_communication(result.collectives, switches.windows, attention, ffn);
  result.step = switches.maxima == Maxima::token ? token_latency(attention, ffn, result.exposed_communication)
                                                 : phase_latency(attention, ffn, result.exposed_communication);
  result.tokens_per_s = throughput(result.batch, result.step);
  result.tokens_per_s_per_gpu = result.tokens_per_s / system.gpus;
  return result;
}

}  // namespace ringtail::closed_form
