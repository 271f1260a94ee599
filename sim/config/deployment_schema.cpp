#include "collectives/choice.hpp"
#include "config/schema.hpp"
#include "decode/overlap_policy.hpp"
#include "network/topology.hpp"

/// The field table of deployment files.
namespace ringtail {

namespace {

const Range degree = between(1, 65536);          // of parallelism
const Range sequences = between(1, 1073741824);  // 2^30: sums of sequence counts stay within an int
const Range steps = between(1, 1000000);
const Range replications = between(1, 100000);

Format<Degree> rank_order_item() {
  std::vector<std::pair<std::string, Degree>> degrees;
  for (std::size_t i = 0; i < degree_names.size(); ++i) degrees.emplace_back(degree_names[i], static_cast<Degree>(i));
  return choice<Degree>(degrees);
}

Format<Parallelism> parallelism_format() {
  using A = AttentionParallelism;
  using F = FfnParallelism;
  using P = PipelineParallelism;
  const auto attention = mapping<A>({
      defaulted("dp", &A::dp, integer(degree), "Data parallel: groups with sequences of their own."),
      defaulted("kvp", &A::kvp, integer(degree),
                "KV parallel (Helix): the KV cache of a sequence is split along its length."),
      defaulted("tp", &A::tp, integer(degree), "Tensor parallel: heads are split."),
      defaulted("cp", &A::cp, integer(degree),
                "Context parallel: caches are split as by kvp, each rank has sequences of its own, and attention goes "
                "round a ring (docs/ring-tail.md)."),
      defaulted("cp_ring", &A::cp_ring, choice<CpRing>({{"pass-q", CpRing::pass_q}, {"pass-kv", CpRing::pass_kv}}),
                "What goes round it: queries, or parts of the cache."),
  });
  const auto ffn = mapping<F>({
      defaulted("dp", &F::dp, integer(degree),
                "Data parallel: groups that each hold all experts (or a dense network), for tokens of their own."),
      defaulted(
          "ep", &F::ep, integer(degree),
          "Expert parallel: experts are split. Of dense layers: groups side by side, each with tokens of its own."),
      defaulted("tp", &F::tp, integer(degree), "Tensor parallel: the intermediate size is split."),
  });
  return mapping<Parallelism>({
      defaulted("attention", &Parallelism::attention, attention,
                "Layout of attention: dp · cp · kvp · tp = gpus / pp."),
      defaulted("ffn", &Parallelism::ffn, ffn, "Layout of the feed-forward networks: dp · ep · tp = gpus / pp."),
      of_part(&Parallelism::pipeline,
              defaulted("pp", &P::stages, integer(degree),
                        "Pipeline parallel: layers are divided over so many stages, each of gpus / pp GPUs, the first "
                        "ones with one more.")),
      of_part(&Parallelism::pipeline,
              optional("micro_batches", &P::micro_batches, integer(degree),
                       "Parts of the batch that follow one another through the stages; as many as stages if not "
                       "given, which is what keeps all of them busy.")),
      of_part(&Parallelism::pipeline,
              defaulted("pp_sends", &P::sends, choice<P::Sends>({{"async", P::Sends::async}, {"sync", P::Sends::sync}}),
                        "Hidden states to the next stage: the sender goes on at once, or when they have been taken.")),
      defaulted("order", &Parallelism::order, list(rank_order_item()),
                "Which ranks are on neighbouring GPUs, innermost first: islands fill with ranks that differ in the "
                "first degree, and so on. Degrees of 1 may be left out. Empty: tp, kvp, cp, dp, pp."),
  });
}

Format<Precision> precision_format() {
  const std::pair<std::string, Dtype> fp4{"fp4", Dtype::fp4};
  const std::pair<std::string, Dtype> fp8{"fp8", Dtype::fp8};
  const std::pair<std::string, Dtype> bf16{"bf16", Dtype::bf16};
  const std::pair<std::string, Dtype> fp32{"fp32", Dtype::fp32};
  return mapping<Precision>({
      defaulted("weights", &Precision::weights, choice<Dtype>({fp4, fp8, bf16}), "Weights, and products with them."),
      optional("experts", &Precision::experts, choice<Dtype>({fp4, fp8, bf16}),
               "Weights of routed experts, and products with them; as weights if left out."),
      defaulted("kv", &Precision::kv, choice<Dtype>({fp8, bf16}), "KV cache."),
      defaulted("activations", &Precision::activations, choice<Dtype>({bf16, fp32}),
                "Residual stream and messages of dense collectives."),
      defaulted("dispatch", &Precision::dispatch, choice<Dtype>({fp4, fp8, bf16}), "Tokens on their way to experts."),
      defaulted("combine", &Precision::combine, choice<Dtype>({fp8, bf16}), "Experts' outputs on their way back."),
  });
}

Format<Overlap> overlap_format() {
  std::vector<Alternative<Overlap>> policies;
  for (const OverlapPolicy& policy : overlap_policies()) {
    if (policy.kind != Overlap::Kind::chunked) policies.push_back(word<Overlap>(policy.kind, std::string(policy.name)));
  }
  policies.push_back(
      keyed(Overlap::Kind::chunked, required("chunked", &Overlap::chunks, integer(between(2, 64)),
                                             "Parts in which a product and the all-reduce of its result are cut.")));
  return one_of(policies);
}

Format<Decode> decode_format() {
  using Kind = Batch::Kind;
  const auto batch = one_of<Batch>({
      word<Batch>(Kind::max, "max"),
      keyed(Kind::total, required("total", &Batch::count, integer(sequences), "Sequences in all.")),
      keyed(Kind::per_gpu,
            required("per_gpu", &Batch::count, integer(sequences), "Sequences per GPU of a pipeline stage.")),
  });
  const auto mtp = mapping<Speculation>({
      required("draft", &Speculation::draft, integer(between(0, 64)),
               "Tokens that are drafted per sequence and step, and verified together with its last one."),
      required("acceptance", &Speculation::acceptance, number(between(0, 1)),
               "Probability that a drafted token is accepted, if all before it were."),
  });
  return mapping<Decode>({
      required("context", &Decode::context, context_format(),
               "KV length of sequences in tokens, frozen while simulated: of all the same, or drawn for each."),
      defaulted(
          "assignment", &Decode::assignment, named_choice(assignment_names),
          "Which attention group a sequence goes to. round-robin: all get as many; least-loaded: the one with the "
          "fewest cached tokens, as sequences come."),
      defaulted("batch", &Decode::batch, batch, "Sequences that decode together; max is the largest batch that fits."),
      optional("mtp", &Decode::mtp, mtp,
               "Speculative decoding with the model's modules for multi-token prediction; none if left out."),
      defaulted(
          "overlap", &Decode::overlap, overlap_format(),
          "What is scheduled beside communication. none: nothing; shared-expert: the shared expert beside dispatch "
          "and combine; two-batch: attention of one half of the batch beside dispatch and combine of the other."),
  });
}

Format<Runtime> runtime_format() {
  using R = Runtime;
  using Of = Runtime::FractionOf;
  const auto launch = choice<R::Launch>({{"captured", R::Launch::captured}, {"eager", R::Launch::eager}});
  const auto whole = choice<Of>({{"hbm", Of::hbm}, {"weights_and_kv", Of::weights_and_kv}, {"free", Of::free}});
  const auto host_time = quantity(unit::time(), between(0, 1));
  return mapping<R>(
      {
          optional("preset", &R::preset, label(),
                   "Profile in workloads/runtimes that fills in what is not given here."),
          defaulted("launch", &R::launch, launch, "Kernels in a captured graph, or each launched by the host."),
          optional("captured_sequences", &R::captured_sequences, integer(sequences),
                   "Largest batch per attention group with a captured graph; above it launches are eager."),
          defaulted("launch_time", &R::launch_time, host_time, "Time of the host per kernel that is launched eagerly."),
          defaulted("step_overhead", &R::step_overhead, host_time,
                    "Time of the host per step in which GPUs wait: sampling results, scheduling, preparing inputs."),
          defaulted("context_memory", &R::context_memory, quantity(unit::bytes(), between(0, 1e15)),
                    "CUDA context and captured graphs, per GPU."),
          defaulted("memory_fraction", &R::memory_fraction, number(fraction()),
                    "Fraction of memory that may be used, of what memory_fraction_of says."),
          defaulted(
              "memory_fraction_of", &R::memory_fraction_of, whole,
              "hbm: everything within the fraction of the HBM; weights_and_kv: only these two; free: the KV cache "
              "within the fraction of what all else leaves."),
          defaulted("kv_block", &R::kv_block, integer(between(1, 65536)), "Tokens per block of the paged KV cache."),
          optional("max_sequences", &R::max_sequences, integer(sequences),
                   "Sequences of an attention group at most; only memory limits them if left out."),
      },
      "workloads/runtimes");
}

/// The enum's values under the names that results use.
template <class Algorithm>
Format<Algorithm> algorithm(std::initializer_list<Algorithm> algorithms) {
  std::vector<std::pair<std::string, Algorithm>> options;
  for (const Algorithm value : algorithms) options.emplace_back(name_of(value), value);
  return choice<Algorithm>(options);
}

Format<Collectives> collectives_format() {
  using C = Collectives;
  using R = AllReduceAlgorithm;
  using G = GatherAlgorithm;
  using A = AllToAllAlgorithm;
  using D = DispatchMode;
  const auto reduce = algorithm({R::automatic, R::one_shot, R::two_shot, R::recursive_doubling, R::ring, R::in_switch});
  const auto gather = algorithm({G::automatic, G::direct, G::ring});
  const auto exchange = algorithm({A::automatic, A::direct, A::pairwise, A::ring});
  const auto dispatch = algorithm({D::automatic, D::ll, D::intra, D::inter});
  return mapping<C>({
      defaulted(
          "all_reduce", &C::all_reduce, reduce,
          "Algorithm of all-reduces. auto is the fastest by estimate, without in-switch, which needs a switch that "
          "adds and all ranks on one island."),
      defaulted("all_gather", &C::all_gather, gather, "Algorithm of all-gathers."),
      defaulted("reduce_scatter", &C::reduce_scatter, gather, "Algorithm of reduce-scatters."),
      defaulted("all_to_all", &C::all_to_all, exchange, "Algorithm of all-to-alls other than dispatch and combine."),
      defaulted(
          "dispatch", &C::dispatch, dispatch,
          "How MoE dispatch and combine carry tokens. ll: a message per (token, expert); intra: a copy per (token, "
          "GPU), on one island; inter: a copy per (token, island), forwarded there."),
      defaulted("dispatch_chunks", &C::dispatch_chunks, integer(between(1, 64)),
                "Parts in which inter sends, so that forwarding overlaps with what comes next."),
      optional("dispatch_sms", &C::dispatch_sms, integer(between(1, 1024)),
               "SMs per GPU that copy in dispatch and combine, modes intra and inter: with platform.gpu.sm_copy_rate "
               "they limit what a GPU sends and receives. As many as its ports need if left out."),
      optional("dense_sms", &C::dense_sms, integer(between(1, 1024)), "The same of dense collectives."),
      optional("embedding_all_reduce", &C::embedding_all_reduce, reduce, "Of the embedding only."),
      optional("kvp_exchange", &C::kvp_exchange, exchange, "Of partial attention between KVP ranks only."),
      optional("cp_return", &C::cp_return, exchange, "Of partial attention between CP ranks only, pass-Q."),
      optional("attention_all_reduce", &C::attention_all_reduce, reduce, "After attention only."),
      optional("attention_reduce_scatter", &C::attention_reduce_scatter, gather, "After attention only."),
      optional("ffn_all_gather", &C::ffn_all_gather, gather, "Before dense feed-forward networks only."),
      optional("ffn_all_reduce", &C::ffn_all_reduce, reduce, "After dense feed-forward networks only."),
      optional("ffn_reduce_scatter", &C::ffn_reduce_scatter, gather, "After dense feed-forward networks only."),
      optional("token_all_gather", &C::token_all_gather, gather, "Of tokens to their attention group only."),
      optional("sampling_all_gather", &C::sampling_all_gather, gather, "Of sampling candidates only."),
  });
}

Format<NetworkConfig> network_format() {
  const auto solver = choice<NetworkSolver>({{"fluid", NetworkSolver::fluid}, {"simgrid", NetworkSolver::simgrid}});
  const auto sharing = choice<Sharing>({{"maxmin", Sharing::maxmin}, {"coupled", Sharing::coupled}});
  return mapping<NetworkConfig>({
      defaulted(
          "sharing", &NetworkConfig::sharing, sharing,
          "How transfers share links. maxmin: each for itself, max-min fairly; coupled: those that a GPU has posted "
          "together progress in proportion, as a blocked send queue does."),
      defaulted(
          "solver", &NetworkConfig::solver, solver,
          "Who computes the rates of transfers: Ringtail's solvers, or SimGrid's own (slow, the oracle; maxmin only)."),
      defaulted("tolerance", &NetworkConfig::tolerance, number({.min = 0, .max = 0.5, .max_excluded = true}),
                "fluid: aimed error of each GPU's send and receive times, relative to how long they took; 0 is exact."),
  });
}

Format<Run> run_format() {
  constexpr double largest_seed = 9007199254740992.0;  // 2^53: every JSON reader keeps it exactly
  return mapping<Run>({
      defaulted("steps", &Run::steps, integer(steps), "Measured decode steps of one replication."),
      defaulted(
          "warmup", &Run::warmup, integer_or("auto", between(0, 1000000)),
          "Steps before them that are thrown away; auto: as many as a pilot simulation shows to differ (MSER-5)."),
      defaulted("replications", &Run::replications, integer(replications),
                "Independent repetitions; with a precision the least."),
      defaulted("seed", &Run::seed, wide_integer(between(0, largest_seed)), "Seed of all random numbers."),
      optional("precision", &Run::precision, quantity(unit::share(), fraction()),
               "Replications are added until half the width of TPOT's 95 % interval is at most this share of it."),
      defaulted("max_replications", &Run::max_replications, integer(replications),
                "With a precision: replications at most."),
  });
}

Format<Effects> effects_format() {
  using E = Effects;
  const auto effect = [](const std::string& key, bool E::*member, const std::string& help) {
    return defaulted(key, member, boolean(), help);
  };
  return mapping<E>({
      effect("kernel_maxima", &E::kernel_maxima,
             "Off: the larger of compute and HBM over all attention, and over all feed-forward, of a step instead of "
             "over each kernel."),
      effect("kernel_efficiency", &E::kernel_efficiency, "Off: kernels reach the peaks, and no GPU is slow."),
      effect("tiles", &E::tiles, "Off: products have no more rows than there are tokens."),
      effect("overheads", &E::overheads, "Off: no launches, fixed costs of kernels, and host time."),
      effect("activations", &E::activations,
             "Off: HBM moves weights and KV cache alone; kernels that move nothing else are left out."),
      effect("collective_algorithms", &E::collective_algorithms,
             "Off: a collective takes the closed form's time, once all its ranks have begun it."),
      effect("fabric_contention", &E::fabric_contention,
             "Off: one switch connects all NICs, and no NIC or link is slow."),
      effect("popularity", &E::popularity, "Off: all experts are equally popular."),
      effect("routing_draws", &E::routing_draws,
             "Off: nothing is drawn; all ranks have equal loads and the expected number of distinct experts."),
      effect("context_lengths", &E::context_lengths,
             "Off: all sequences have the mean context, and attention groups are as even as can be."),
      effect("remainders", &E::remainders, "Off: shares of tokens and of the KV cache need not be whole numbers."),
      effect("skew", &E::skew, "Off: all GPUs wait for each other after attention and feed-forward of each layer."),
      effect("overlap", &E::overlap, "Off: decode.overlap is none."),
  });
}

Format<Deployment> make_deployment_format() {
  auto name = defaulted("name", &Deployment::name, label(), "Name in results; the file's name if left out.");
  name.info.default_value = {};  // only the loader knows it
  return mapping<Deployment>({
      name,
      required("model", &Deployment::model, model_format(),
               "The model that decodes; or a config.json of Hugging Face's, relative to the deployment's folder."),
      required("platform", &Deployment::platform, platform_format(), "The hardware it runs on."),
      of_part(&Deployment::platform, degrade_field()),
      required("gpus", &Deployment::gpus, integer(between(1, most_ranks)), "Number of GPUs."),
      defaulted("parallelism", &Deployment::parallelism, parallelism_format(), "How the model is split over the GPUs."),
      defaulted("precision", &Deployment::precision, precision_format(), "Number formats."),
      required("decode", &Deployment::decode, decode_format(), "What is decoded."),
      defaulted("runtime", &Deployment::runtime, runtime_format(),
                "What the serving framework takes of memory and time."),
      defaulted("routing", &Deployment::routing, routing_format(), "Which experts tokens choose, and where they are."),
      defaulted("collectives", &Deployment::collectives, collectives_format(), "Algorithms of collectives."),
      defaulted("network", &Deployment::network, network_format(), "How transfers are simulated."),
      defaulted("run", &Deployment::run, run_format(), "How much is simulated."),
      defaulted("effects", &Deployment::effects, effects_format(),
                "What real systems have and the closed form has not; all of it, but what is switched off."),
  });
}

}  // namespace

const Format<Deployment>& deployment_format() {
  static const Format<Deployment> format = make_deployment_format();
  return format;
}

}  // namespace ringtail
