#pragma once

#include <vector>

#include "parallel/parallelism.hpp"

namespace ringtail {

/// Slots first .. first + count - 1.
struct SlotRange {
  int first = 0;
  int count = 0;
};

/// Who does what: the groups of ranks of a deployment or of one pipeline stage, its sequences, tokens and experts.
/// Ranks count from the layout's first, 0 as constructed; in the attention layout rank = ((dp · CP + cp) · KVP + kvp) ·
/// TP + tp, in the FFN layout rank = (dp · EP + ep) · TP + tp.
///
/// Groups are vectors of ranks, ascending; they are made once, so asking for them is cheap.
class Layout {
 public:
  /// `expert_slots` is the number of places for experts in a layer of an FFN group, at least one per expert; 0 for a
  /// dense model. Throws std::invalid_argument if a degree is below 1, CP and KVP both above, the two layouts differ in
  /// their ranks, batch_total or expert_slots is negative, or there are experts and an attention group would lie in
  /// several FFN groups.
  Layout(const Parallelism& parallelism, int batch_total, int expert_slots = 0);

  [[nodiscard]] int ranks() const { return parallelism_.attention.ranks(); }
  [[nodiscard]] const Parallelism& parallelism() const { return parallelism_; }
  [[nodiscard]] int batch_total() const { return batch_total_; }
  [[nodiscard]] int expert_slots() const { return expert_slots_; }

  /// The same layout on as many other ranks, from `first` on: that of another pipeline stage.
  [[nodiscard]] Layout from_rank(int first) const;
  [[nodiscard]] int first_rank() const { return first_rank_; }

  /// The same layout with part `index` of `parts` of each attention group's sequences, in contiguous ranges as even as
  /// possible, the first ones larger. Sequences keep their ids.
  [[nodiscard]] Layout micro_batch(int index, int parts) const;

  /// The same layout with so many sequences in each attention group, instead of as even as possible. They are numbered
  /// group by group. Throws std::invalid_argument if these are not as many groups, or not batch_total sequences.
  [[nodiscard]] Layout with_sequences(const std::vector<int>& of_group) const;

  /// The same layout with so many tokens of each sequence in a step, 1 as constructed: those that speculative decoding
  /// verifies together.
  [[nodiscard]] Layout with_tokens_per_sequence(int tokens) const;
  [[nodiscard]] int tokens_per_sequence() const { return tokens_per_sequence_; }

  /// Tokens of all sequences in one step.
  [[nodiscard]] int tokens() const { return batch_total_ * tokens_per_sequence_; }

  /// The cp × kvp × tp ranks that have the KV caches of the same sequences as `rank`.
  [[nodiscard]] const std::vector<int>& attention_group(int rank) const;

  /// The ranks that split the heads of `rank`'s sequences and hold the same part of their KV cache.
  [[nodiscard]] const std::vector<int>& attention_tp_group(int rank) const;

  /// The kvp × tp ranks that go through a layer with the same tokens as `rank`: without CP the attention group.
  [[nodiscard]] const std::vector<int>& token_group(int rank) const;

  /// The ranks that split the KV cache of `rank`'s sequences and heads: KVP ranks, or CP ranks in the order of their
  /// ring.
  [[nodiscard]] const std::vector<int>& cache_group(int rank) const;

  /// The ranks that split the width of the same FFN: a dense layer's, or of the same experts.
  [[nodiscard]] const std::vector<int>& ffn_tp_group(int rank) const;

  /// The ep × tp ranks that hold all experts between them: tokens of their ranks visit no others. Groups of attention
  /// lie inside. Only of models with experts.
  [[nodiscard]] const std::vector<int>& ffn_group(int ffn_dp) const;
  [[nodiscard]] int ffn_dp_index(int rank) const { return own(rank) / parallelism_.ffn.group_ranks(); }

  /// The blocks of `replica_ranks` ranks share no token and no part of a layer: each decodes at a pace of its own.
  [[nodiscard]] int replica_ranks() const;

  /// All groups of a kind.
  [[nodiscard]] const std::vector<std::vector<int>>& attention_groups() const { return attention_groups_; }
  [[nodiscard]] const std::vector<std::vector<int>>& attention_tp_groups() const { return attention_tp_groups_; }
  [[nodiscard]] const std::vector<std::vector<int>>& token_groups() const { return token_groups_; }
  [[nodiscard]] const std::vector<std::vector<int>>& cache_groups() const { return cache_groups_; }
  [[nodiscard]] const std::vector<std::vector<int>>& ffn_tp_groups() const { return ffn_tp_groups_; }
  [[nodiscard]] const std::vector<std::vector<int>>& ffn_groups() const { return ffn_groups_; }

  /// Attention group of `rank`, 0 .. dp - 1, its place therein, 0 .. cp · kvp · tp - 1, and its place on the ring.
  [[nodiscard]] int dp_index(int rank) const { return own(rank) / group_size_; }
  [[nodiscard]] int index_in_attention_group(int rank) const { return own(rank) % group_size_; }
  [[nodiscard]] int cp_index(int rank) const {
    return index_in_attention_group(rank) / parallelism_.attention.token_group_ranks();
  }

  /// Sequences of attention group `dp` (0 .. dp - 1): unless with_sequences says otherwise the batch is dealt as evenly
  /// as possible, the first groups get one more. Group g's sequences have ids first_sequence(g) .. first_sequence(g) +
  /// sequences(g) - 1.
  [[nodiscard]] int sequences(int dp) const { return sequences_[static_cast<std::size_t>(dp)].count; }
  [[nodiscard]] int tokens(int dp) const { return sequences(dp) * tokens_per_sequence_; }
  [[nodiscard]] int first_sequence(int dp) const { return sequences_[static_cast<std::size_t>(dp)].first; }

  /// The sequences whose tokens the ranks of FFN group `ffn_dp` own, ascending.
  [[nodiscard]] std::vector<int> ffn_group_sequences(int ffn_dp) const;

  /// Tokens that the ranks of `rank`'s token group go through a layer with: CP ranks are dealt the sequences of the
  /// attention group in turn, all tokens of a sequence together.
  [[nodiscard]] int token_group_tokens(int rank) const;

  /// Between attention and the next attention a token has one owner: in a token group of N ranks the rank with index
  /// i mod N owns the group's token i (a reduce-scatter brings it there), counted sequence by sequence. With one token
  /// per sequence those of a rank are of sequences first_owned, first_owned + CP · N, ..: `owned_tokens` of them.
  [[nodiscard]] int owned_tokens(int rank) const;
  [[nodiscard]] int first_owned_sequence(int rank) const;
  [[nodiscard]] int owner(int sequence, int token = 0) const;

  /// Tokens of a sequence of `context` tokens that are in `rank`'s part of its KV cache: KVP or CP ranks take the
  /// blocks of `kv_block` tokens in turn, so the first may have a block more.
  [[nodiscard]] int cached_tokens(int rank, int context, int kv_block) const;

  /// EP rank e of P holds slots floor(e·S/P) .. floor((e+1)·S/P) - 1, each of its TP ranks a slice of the width; in
  /// each FFN group alike. Which expert is in a slot is the placement's matter (ExpertPlacement).
  [[nodiscard]] SlotRange slots_of(int rank) const;
  [[nodiscard]] const std::vector<int>& slot_holders(int slot, int ffn_dp = 0) const;

 private:
  /// Sequences first .. first + count - 1.
  struct SequenceRange {
    int first = 0;
    int count = 0;
  };

  [[nodiscard]] int own(int rank) const { return rank - first_rank_; }

  Parallelism parallelism_;
  int batch_total_;
  int expert_slots_;
  int group_size_;
  int first_rank_ = 0;
  int tokens_per_sequence_ = 1;
  std::vector<SequenceRange> sequences_;               ///< By dp.
  std::vector<std::vector<int>> attention_groups_;     ///< By dp.
  std::vector<std::vector<int>> token_groups_;         ///< By dp · CP + cp.
  std::vector<std::vector<int>> attention_tp_groups_;  ///< By (dp · CP + cp) · KVP + kvp.
  std::vector<std::vector<int>> cache_groups_;         ///< By dp · TP + tp.
  std::vector<std::vector<int>> ffn_tp_groups_;        ///< By dp · EP + ep.
  std::vector<std::vector<int>> ffn_groups_;           ///< By the FFN's dp.
};

}  // namespace ringtail
