#include "simulation/drawn_batch.hpp"

#include <algorithm>
#include <span>

#include "decode/sequence_deal.hpp"

namespace ringtail {

DrawnBatches::DrawnBatches(const Deployment& deployment) : deployment_(deployment), law_(deployment.decode.context) {
  deployment_.decode.context.trace.requests.clear();  // The law has them.
}

int DrawnBatches::replications() const {
  const Run& run = deployment_.run;
  return run.precision ? std::max(run.replications, run.max_replications) : run.replications;
}

DrawnLoad DrawnBatches::load(int replication, int batch_total) {
  const Deployment& d = deployment_;
  const auto count = static_cast<std::size_t>(batch_total);
  if (drawn_ != replication) lengths_.clear();
  drawn_ = replication;
  const RandomStream stream(d.run.seed, replication, length_stream);
  while (lengths_.size() < count) lengths_.push_back(law_.draw(stream, static_cast<std::uint32_t>(lengths_.size())));
  const std::span lengths = std::span(lengths_).first(count);
  const AttentionParallelism& attention = d.parallelism.attention;
  const SequenceDeal deal = deal_sequences(d.decode.assignment, lengths, attention.dp,
                                           RandomStream(d.run.seed, replication, assignment_stream));

  DrawnLoad load;
  load.replication = replication;
  load.fewest_sequences = *std::min_element(deal.of_group.begin(), deal.of_group.end());
  if (count > 0) load.longest = *std::max_element(lengths.begin(), lengths.end());
  load.fullest.sequences = *std::max_element(deal.of_group.begin(), deal.of_group.end());
  double most = -1, sum = 0;
  auto context = deal.contexts.begin();
  for (const int sequences : deal.of_group) {
    KeptTokens kept;
    for (int i = 0; i < sequences; ++i)
      kept += kept_tokens(d.model, attention.cache_parts(), d.runtime.kv_block, *context++, d.decode.draft());
    const double in_all = kept_in_all_layers(d.model, kept, d.decode.draft());
    sum += in_all;
    if (in_all <= most) continue;
    most = in_all;
    load.fullest.kept = kept;
  }
  if (sum > 0) load.max_over_mean = most * attention.dp / sum;
  return load;
}

Ledger DrawnBatches::ledger(const DrawnLoad& load) const {
  const Deployment& d = deployment_;
  return memory_ledger(d.model, d.platform, d.parallelism, d.precision, d.runtime, d.routing.redundant_experts,
                       load.fullest, d.decode.draft(), d.routing.rebalance.has_value());
}

bool DrawnBatches::is_within_max_sequences(const DrawnLoad& load) const {
  return load.fullest.sequences <= deployment_.runtime.max_sequences.value_or(load.fullest.sequences);
}

bool DrawnBatches::fits(const DrawnLoad& load) const { return is_within_max_sequences(load) && ledger(load).fits(); }

DrawnLoad DrawnBatches::fullest(int batch_total) {
  DrawnLoad fullest = load(0, batch_total);
  Bytes least = ledger(fullest).free();
  for (int replication = 1; replication < replications(); ++replication) {
    const DrawnLoad other = load(replication, batch_total);
    const Bytes left = ledger(other).free();
    if (left >= least) continue;
    least = left;
    fullest = other;
  }
  return fullest;
}

int DrawnBatches::max_batch() {
  const int groups = deployment_.parallelism.attention.dp;
  int per_group = most_drawn_sequences / groups + 1;
  int asked = 0;  // replications in a row that have it fit
  for (int replication = 0; asked < replications() && per_group > 0; replication = (replication + 1) % replications()) {
    const auto fit = [&](int n) { return fits(load(replication, n * groups)); };
    if (per_group <= most_drawn_sequences / groups && fit(per_group)) {
      ++asked;
    } else {
      per_group = largest_fitting(per_group - 1, fit);
      asked = 1;
    }
  }
  return per_group * groups;
}

}  // namespace ringtail
