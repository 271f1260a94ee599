#include "qs/matched_pair.hpp"

#include <numeric>

#include "config/dense_of.hpp"
#include "decode/overlap_policy.hpp"
#include "qs/mistakes.hpp"
#include "qs/pair_layout.hpp"

namespace ringtail {
namespace {

/// Makes the model dense; returns why that cannot be.
std::string make_dense(Deployment& deployment, double q) {
  deployment.model.dense_match = DenseMatch{.of = deployment.model.name, .q = q};
  const SourceMap sources = no_file();
  Diagnostics diagnostics;
  size_dense_counterpart(deployment, sources, diagnostics);
  return diagnostics.empty() ? std::string() : first_message(diagnostics.render(sources));
}

/// The deployment with a dense FFN in the same attention layout.
Deployment with_dense_ffn(Deployment deployment) {
  auto& [attention, ffn, pipeline, order] = deployment.parallelism;
  if (ffn.tp == 1) ffn.tp = std::gcd(attention.group_ranks(), deployment.platform.island.size);
  ffn = {.dp = deployment.gpus / ffn.tp, .ep = 1, .tp = ffn.tp};
  return deployment;
}

void plan(PairSide& side) {
  if (side.impossible.empty()) side.impossible = mistakes_of(side.deployment);
  if (!side.impossible.empty()) return;
  side.plan = plan_batch(side.deployment);
  if (side.plan.error) side.impossible = side.plan.error->message.substr(0, side.plan.error->message.find('\n'));
}

/// Makes the deployment dense and lays it out. `given` has a layout with a dense FFN. The width of the counterpart is a
/// multiple of its FFN's TP, so it is sized again when that is known.
std::string make_dense_side(Deployment& dense, const Deployment& given, double q, LayoutRule rule) {
  const Model moe = dense.model;
  const auto sized_for = [&](int tp) {
    dense.model = moe;
    dense.parallelism.ffn.tp = tp;
    return make_dense(dense, q);
  };
  std::string why = sized_for(rule == LayoutRule::given ? given.parallelism.ffn.tp : dense.platform.island.size);
  if (!why.empty()) return why;
  if (dense.decode.overlap.kind != Overlap::Kind::none &&
      overlap_policy(dense.decode.overlap.kind).refuse(dense.model, dense.parallelism))
    dense.decode.overlap = {};
  why = rule == LayoutRule::given ? stretch_layout(dense, given) : lay_out_fastest(dense);
  return why.empty() ? sized_for(dense.parallelism.ffn.tp) : why;
}

}  // namespace

std::string_view name_of(LayoutRule rule) { return rule == LayoutRule::given ? "given" : "fastest"; }

MatchedPair matched_pair(const Deployment& moe, const QsPoint& point, LayoutRule rule) {
  MatchedPair pair;
  Deployment& sparse = pair.moe.deployment;
  sparse = moe;
  sparse.gpus = point.gpus;
  sparse.decode.context = {.fixed = point.context};
  sparse.decode.batch = point.batch;
  Deployment& dense = pair.dense.deployment;
  dense = sparse;
  dense.routing = {};
  pair.moe.impossible = rule == LayoutRule::given ? stretch_layout(sparse, moe) : lay_out_fastest(sparse);
  pair.dense.impossible = make_dense_side(dense, with_dense_ffn(moe), point.q, rule);
  dense.name = dense.model.name;
  plan(pair.moe);
  plan(pair.dense);
  return pair;
}

}  // namespace ringtail
