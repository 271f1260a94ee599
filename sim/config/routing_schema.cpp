#include "config/schema.hpp"
#include "routing/placement_names.hpp"

/// The part of the field table that says which experts tokens choose, and where these are.
namespace ringtail {

namespace {

Format<Correlation> correlation_format() {
  using C = Correlation;
  const auto topics = mapping<C::Topics>({
      required("count", &C::Topics::count, integer(between(1, 1024)), "Topics, equally likely."),
      required("strength", &C::Topics::strength, number(between(0, 5)),
               "Standard deviation of what a topic adds to the logarithm of each expert's weight."),
  });
  const auto bursts = mapping<C::Bursts>({
      required("steps", &C::Bursts::steps, integer(between(1, 1000000)), "Steps for which one topic is hot."),
      required("share", &C::Bursts::share, number(fraction()), "Share of sequences that have the hot topic."),
  });
  return mapping<C>({
      required("topics", &C::topics, topics, "What a token is about, which makes some experts likelier."),
      defaulted("persistence", &C::persistence, number(between(0, 0.999)),
                "Probability that a token's topics in all layers are those of the token before it in its sequence."),
      defaulted("sequence_affinity", &C::sequence_affinity, number(between(0, 1)),
                "Probability that a token with another topic than the one before takes its sequence's own."),
      defaulted("layer_affinity", &C::layer_affinity, number(between(0, 1)),
                "Probability that any two layers of a token share their topic other than by chance."),
      optional("bursts", &C::bursts, bursts, "One topic is hot for some steps, then the next, all in turn."),
  });
}

Format<TraceFile> trace_format() {
  return mapping<TraceFile>({
      required("file", &TraceFile::file, label(),
               "Choices of each token: CSV, .npy, or a folder of .npy; relative to the deployment's folder."),
      defaulted("bootstrap", &TraceFile::bootstrap, choice<bool>({{"sequences", true}, {"none", false}}),
                "sequences: those of the trace are drawn with replacement in each replication, from a random token on; "
                "none: in order, from the first token on."),
  });
}

}  // namespace

Format<Routing> routing_format() {
  using Kind = Popularity::Kind;
  auto rows = defaulted("rows", &CountsFile::rows, text(), "Which rows, if the file has several tables: their labels.");
  rows.info.default_value = {};  // it is not to be set without a file
  const auto counts = mapping<CountsFile>({
      required("file", &CountsFile::file, label(),
               "CSV with the columns layer and c0, c1, .., one per expert; relative to the deployment's folder."),
      rows,
  });
  const auto popularity = one_of<Popularity>({
      word<Popularity>(Kind::uniform, "uniform"),
      word<Popularity>(Kind::balanced, "balanced"),
      keyed(Kind::zipf, required("zipf", &Popularity::zipf, number(between(0, 100)),
                                 "Exponent: the r-th most popular expert is wanted in proportion to r^-zipf.")),
      keyed(Kind::zipf_weights, required("zipf_weights", &Popularity::zipf_weights, number(between(0, 16)),
                                         "Exponent: r^-zipf_weights is the weight in each of a token's draws; the most "
                                         "popular experts are met less often than in proportion to it.")),
      keyed(Kind::lognormal, required("lognormal", &Popularity::lognormal, number(between(0, 5)),
                                      "Sigma: experts are wanted in proportion to exp(sigma · z), z standard normal.")),
      keyed(Kind::dirichlet, required("dirichlet", &Popularity::dirichlet, number(between(0.01, 1e6)),
                                      "Concentration of the symmetric Dirichlet distribution of experts' shares.")),
      keyed(Kind::counts,
            required("counts", &Popularity::counts, counts, "Counted somewhere: per layer and expert, from a file.")),
  });
  const auto rebalance = mapping<Rebalance>({
      required("every", &Rebalance::every, integer(between(1, 1000000)), "Steps from one rebalancing to the next."),
      required("window", &Rebalance::window, integer(between(1, 100000)),
               "Steps before it whose choices are counted: each costs the simulation as much as drawing a step."),
  });
  return mapping<Routing>({
      defaulted("popularity", &Routing::popularity, popularity, "How often each expert is among a token's experts."),
      defaulted("permute", &Routing::permute, boolean(),
                "Shuffle which expert has which popularity, per layer and replication; counts are never shuffled."),
      defaulted("redraw", &Routing::redraw, boolean(),
                "Each replication draws popularity and shuffling anew; else all have those of the first."),
      optional("capacity", &Routing::capacity, number({.min = 0, .max = 1e6, .min_excluded = true}),
               "Capacity factor: an expert takes at most ceil(capacity · tokens · experts_per_token / experts) tokens; "
               "the others are dropped. No limit if left out."),
      defaulted("placement", &Routing::placement, named_choice(placement_names),
                "Which rank holds which experts, in each layer; eplb, eplb-hierarchical and spread balance the "
                "popularity."),
      defaulted("redundant_experts", &Routing::redundant_experts, integer(between(0, 65536)),
                "Replicas of experts per layer, in each group of parallelism.ffn.ep ranks: they take memory."),
      defaulted("replica", &Routing::replica, named_choice(replica_names),
                "Which replica of an expert a token visits. nearest: one on its island, if there is one; "
                "least-loaded-oracle knows all ranks' loads."),
      optional("correlation", &Routing::correlation, correlation_format(),
               "Tokens resemble others of their sequence and step; independent draws if left out."),
      optional("trace", &Routing::trace, trace_format(),
               "Recorded choices to replay, instead of popularity and correlation."),
      optional(
          "rebalance", &Routing::rebalance, rebalance,
          "Placements are made anew from past counts, and experts' weights moved; if left out, one is made for the "
          "popularity itself."),
  });
}

}  // namespace ringtail
