#include "parallel/layout.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

/// `groups` groups of `size` ranks: group g has ranks first(g), first(g) + stride, ..
template <typename First>
std::vector<std::vector<int>> make_groups(int groups, int size, int stride, First first) {
  std::vector<std::vector<int>> result(static_cast<std::size_t>(groups));
  for (int g = 0; g < groups; ++g) {
    for (int i = 0; i < size; ++i) result[static_cast<std::size_t>(g)].push_back(first(g) + i * stride);
  }
  return result;
}

/// The first of the whole's items that part `index` of `parts` holds when they are dealt in contiguous ranges that
/// start at floor(index · whole / parts).
int range_start(int whole, int parts, int index) {
  return static_cast<int>(static_cast<long long>(index) * whole / parts);
}

/// What part `index` of `parts` has of things that are dealt to the parts in turn.
int dealt(int whole, int parts, int index) { return whole > index ? (whole - index + parts - 1) / parts : 0; }

void check(const Parallelism& parallelism, int batch_total, int expert_slots) {
  const auto& [attention, ffn, pipeline, order] = parallelism;
  if (std::min({attention.dp, attention.cp, attention.kvp, attention.tp, ffn.dp, ffn.ep, ffn.tp}) < 1) {
    throw std::invalid_argument("every degree of parallelism must be at least 1");
  }
  if (attention.ranks() != ffn.ranks()) {
    throw std::invalid_argument(
        "attention (dp x cp x kvp x tp) and FFN (dp x ep x tp) must have the same number of ranks");
  }
  if (attention.cp > 1 && attention.kvp > 1) throw std::invalid_argument("cp and kvp must not both be above 1");
  if (batch_total < 0 || expert_slots < 0) throw std::invalid_argument("batch and experts must not be negative");
  if (expert_slots > 0 && attention.dp % ffn.dp != 0) {
    throw std::invalid_argument("FFN dp must divide attention dp: attention groups lie inside FFN groups");
  }
}

}  // namespace

Layout::Layout(const Parallelism& parallelism, int batch_total, int expert_slots)
    : parallelism_(parallelism),
      batch_total_(batch_total),
      expert_slots_(expert_slots),
      group_size_(parallelism.attention.group_ranks()) {
  check(parallelism, batch_total, expert_slots);
  const auto& [attention, ffn, pipeline, order] = parallelism_;
  for (int dp = 0; dp < attention.dp; ++dp) {
    const int count = batch_total / attention.dp + (dp < batch_total % attention.dp ? 1 : 0);
    sequences_.push_back({dp == 0 ? 0 : sequences_.back().first + sequences_.back().count, count});
  }
  const int tp = attention.tp;
  attention_groups_ = make_groups(attention.dp, group_size_, 1, [&](int dp) { return dp * group_size_; });
  const int token_group = attention.token_group_ranks();
  token_groups_ = make_groups(attention.token_groups(), token_group, 1, [&](int g) { return g * token_group; });
  const int parts = attention.cache_parts();
  attention_tp_groups_ = make_groups(attention.dp * parts, tp, 1, [&](int g) { return g * tp; });
  cache_groups_ = make_groups(attention.dp * tp, parts, tp, [&](int g) { return g / tp * group_size_ + g % tp; });
  ffn_tp_groups_ = make_groups(ffn.dp * ffn.ep, ffn.tp, 1, [&](int g) { return g * parallelism_.ffn.tp; });
  const int ffn_group = ffn.group_ranks();
  ffn_groups_ = make_groups(ffn.dp, ffn_group, 1, [&](int dp) { return dp * ffn_group; });
}

Layout Layout::from_rank(int first) const {
  Layout layout = *this;
  layout.first_rank_ = first;
  for (auto* const groups : {&layout.attention_groups_, &layout.attention_tp_groups_, &layout.token_groups_,
                             &layout.cache_groups_, &layout.ffn_tp_groups_, &layout.ffn_groups_})
    for (std::vector<int>& group : *groups)
      for (int& rank : group) rank += first - first_rank_;
  return layout;
}

Layout Layout::micro_batch(int index, int parts) const {
  Layout part = *this;
  part.batch_total_ = 0;
  for (SequenceRange& range : part.sequences_) {
    range.first += range.count / parts * index + std::min(index, range.count % parts);
    range.count = range.count / parts + (index < range.count % parts ? 1 : 0);
    part.batch_total_ += range.count;
  }
  return part;
}

Layout Layout::with_sequences(const std::vector<int>& of_group) const {
  Layout layout = *this;
  if (of_group.size() != sequences_.size() ||
      std::accumulate(of_group.begin(), of_group.end(), std::int64_t{0}) != batch_total_)
    throw std::invalid_argument("the sequences of all attention groups must be the batch");
  int first = 0;
  for (std::size_t group = 0; group < of_group.size(); ++group) {
    layout.sequences_[group] = {first, of_group[group]};
    first += of_group[group];
  }
  return layout;
}

Layout Layout::with_tokens_per_sequence(int tokens) const {
  Layout layout = *this;
  layout.tokens_per_sequence_ = tokens;
  return layout;
}

const std::vector<int>& Layout::attention_group(int rank) const {
  return attention_groups_[static_cast<std::size_t>(dp_index(rank))];
}

const std::vector<int>& Layout::token_group(int rank) const {
  return token_groups_[static_cast<std::size_t>(own(rank) / parallelism_.attention.token_group_ranks())];
}

const std::vector<int>& Layout::attention_tp_group(int rank) const {
  return attention_tp_groups_[static_cast<std::size_t>(own(rank) / parallelism_.attention.tp)];
}

const std::vector<int>& Layout::cache_group(int rank) const {
  const int tp = parallelism_.attention.tp;
  const int group = dp_index(rank) * tp + own(rank) % tp;
  return cache_groups_[static_cast<std::size_t>(group)];
}

const std::vector<int>& Layout::ffn_tp_group(int rank) const {
  return ffn_tp_groups_[static_cast<std::size_t>(own(rank) / parallelism_.ffn.tp)];
}

const std::vector<int>& Layout::ffn_group(int ffn_dp) const { return ffn_groups_[static_cast<std::size_t>(ffn_dp)]; }

int Layout::replica_ranks() const {
  // Blocks of two sizes that overlap make up blocks of the least common multiple.
  return std::lcm(group_size_, expert_slots_ > 0 ? parallelism_.ffn.group_ranks() : parallelism_.ffn.tp);
}

std::vector<int> Layout::ffn_group_sequences(int ffn_dp) const {
  const int groups = parallelism_.attention.dp / parallelism_.ffn.dp;
  std::vector<int> sequences;
  for (int dp = ffn_dp * groups; dp < (ffn_dp + 1) * groups; ++dp)
    for (int i = 0; i < this->sequences(dp); ++i) sequences.push_back(first_sequence(dp) + i);
  return sequences;
}

int Layout::owned_tokens(int rank) const {
  const int ranks = parallelism_.attention.token_group_ranks();
  return dealt(token_group_tokens(rank), ranks, own(rank) % ranks);
}

int Layout::token_group_tokens(int rank) const {
  return dealt(sequences(dp_index(rank)), parallelism_.attention.cp, cp_index(rank)) * tokens_per_sequence_;
}

int Layout::first_owned_sequence(int rank) const {
  const AttentionParallelism& attention = parallelism_.attention;
  return first_sequence(dp_index(rank)) + cp_index(rank) + attention.cp * (own(rank) % attention.token_group_ranks());
}

int Layout::owner(int sequence, int token) const {
  const auto after = std::upper_bound(sequences_.begin(), sequences_.end(), sequence,
                                      [](int id, const SequenceRange& range) { return id < range.first; });
  const int dp = static_cast<int>(after - sequences_.begin()) - 1;
  const int index = sequence - first_sequence(dp);
  const int cp = parallelism_.attention.cp;
  const int ranks = parallelism_.attention.token_group_ranks();
  return first_rank_ + dp * group_size_ + index % cp * ranks + (index / cp * tokens_per_sequence_ + token) % ranks;
}

int Layout::cached_tokens(int rank, int context, int kv_block) const {
  const int parts = parallelism_.attention.cache_parts();
  const int index = index_in_attention_group(rank) / parallelism_.attention.tp;
  const int blocks = (context + kv_block - 1) / kv_block;
  const int own_blocks = dealt(blocks, parts, index);
  const bool has_last_block = blocks > 0 && (blocks - 1) % parts == index;
  return own_blocks * kv_block - (has_last_block ? blocks * kv_block - context : 0);
}

SlotRange Layout::slots_of(int rank) const {
  const int ep = parallelism_.ffn.ep;
  const int index = own(rank) / parallelism_.ffn.tp % ep;
  const int first = range_start(expert_slots_, ep, index);
  return {.first = first, .count = range_start(expert_slots_, ep, index + 1) - first};
}

const std::vector<int>& Layout::slot_holders(int slot, int ffn_dp) const {
  // The last EP rank whose range starts at or before the slot: floor(e·S/P) <= slot, so e < (slot + 1)·P/S.
  const long long last = (static_cast<long long>(slot) + 1) * parallelism_.ffn.ep - 1;
  return ffn_tp_groups_[static_cast<std::size_t>(ffn_dp * parallelism_.ffn.ep + last / expert_slots_)];
}

}  // namespace ringtail
