#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The choices in which the closed form's readings differ. Where the paper (arXiv:2603.08960) does not say which it
/// took, the value is named after what its printed tables show.
namespace ringtail::closed_form {

/// Bytes of expert weights that a step reads, of the pool on a GPU.
enum class ExpertTraffic {
  paper,    ///< Pool / s: the pool shared by s B tokens is charged to every token; table 5's 433 needs it.
  literal,  ///< The pool once: the paper's section 3.5 by its words, total / B per token.
  distinct  ///< The expected touched part of it.
};
/// Whether the reuse s B of `ExpertTraffic::paper` may fall below one token.
enum class ReuseFloor { none, one };
/// Which weights a token meets.
enum class Parameters {
  sparse,  ///< Equation 21's: all P_total are in one pool, and a token meets s P_total of them.
  counted  ///< Matrix by matrix: attention, router, experts, shared experts, dense layers, LM head.
};
/// What a dense FFN is divided by.
enum class DenseShard {
  tp,      ///< Bytes and flops by the FFN's TP: every group repeats the whole batch; table 5's compute needs it.
  layout,  ///< Bytes by TP, the batch by the groups, as the layout says.
  all      ///< Both by all GPUs.
};
/// What a latent KV cache (MLA) is divided by.
enum class MlaShard {
  kvp,  ///< KVP ranks: every TP rank stores the whole latent, as the layout says.
  all   ///< All ranks of the attention group.
};
/// How often a latent is stored.
enum class Latent {
  twice,  ///< Once as K, once as V, 2 · kv_lora_rank + 2 · rope elements; table 5's 72 needs it.
  once    ///< As DeepSeek-V2 does (arXiv:2405.04434).
};
/// Over what the larger of compute and HBM is taken.
enum class Maxima {
  token,  ///< Equation 19.
  phase   ///< Equation 3, attention and FFN each for itself.
};
/// The batch that times are computed for.
enum class BatchChoice {
  printed,   ///< Given, such as a printed one.
  equation,  ///< Equation 20's.
  ledger     ///< The simulated one, from Ringtail's memory ledger or the deployment.
};
/// Bytes that an MoE's all-to-all sends through one port.
enum class AllToAllVolume {
  batch,  ///< All copies of the whole batch; table 5's 17 needs it.
  rank    ///< The rank's own tokens' copies.
};
/// How gathers, reduce-scatters and all-reduces are done.
enum class Gathers {
  ring,    ///< From neighbour to neighbour, N-1 latencies; the paper's.
  direct,  ///< Everyone to everyone at once, one latency.
  best     ///< The faster of these, as a framework would choose.
};
/// What hides behind compute and HBM.
enum class Windows {
  none,  ///< Nothing, as decode.overlap: none.
  ring,  ///< Rings and gathers behind their phase; of all-to-alls a tenth.
  all    ///< Everything behind its phase.
};
/// Which link a collective takes.
enum class Islands {
  primary,  ///< All GPUs are on one island.
  mapped    ///< Groups fill islands; what leaves them takes the fabric.
};

struct Switches {
  ExpertTraffic expert_traffic = ExpertTraffic::distinct;
  ReuseFloor reuse_floor = ReuseFloor::one;
  Parameters parameters = Parameters::counted;
  DenseShard dense_shard = DenseShard::layout;
  MlaShard mla_shard = MlaShard::kvp;
  Latent latent = Latent::once;
  Maxima maxima = Maxima::phase;
  BatchChoice batch = BatchChoice::ledger;
  double printed_batch = 0;  ///< Sequences; of BatchChoice::printed.
  AllToAllVolume all_to_all = AllToAllVolume::rank;
  Gathers gathers = Gathers::best;
  Windows windows = Windows::none;
  Islands islands = Islands::mapped;
};

/// What can be: the defaults above.
[[nodiscard]] inline Switches physical_switches() { return {}; }

/// The reading that comes nearest to the paper's printed tables. Its batch is equation 20's.
[[nodiscard]] Switches paper_switches();

/// A switch with its values by name.
struct SwitchInfo {
  std::string_view name;
  std::vector<std::string_view> values;
};

/// All switches, in the order of the struct.
[[nodiscard]] const std::vector<SwitchInfo>& switch_infos();

/// Changes the switches by one word: "paper" or "physical" for all of them, "batch=244" for a given batch, or
/// "name=value". Returns what is wrong, with what would be right; empty if it was understood.
[[nodiscard]] std::string set_switch(const std::string& word, Switches& switches);

/// Value of each switch, in the order of switch_infos().
[[nodiscard]] std::vector<std::string> values_of(const Switches& switches);

}  // namespace ringtail::closed_form
