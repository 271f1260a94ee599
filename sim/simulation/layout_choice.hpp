#pragma once

#include <string>
#include <vector>

#include "config/deployment.hpp"

namespace ringtail {

/// A layout that was tried: the largest batch that fits with it.
struct TriedLayout {
  Parallelism parallelism;
  int batch = 0;  ///< Sequences over all GPUs; 0 if not one fits.
};

/// What is wrong with a deployment whatever its layout, as text: numbers of GPUs that fill no islands, formats that the
/// GPU does not compute in. Empty if a layout is possible: groups of one GPU that hold everything always come out even.
std::string layout_errors(Deployment deployment);

/// All attention layouts of the deployment's GPUs that come out even, each with the preferred feed-forward layout
/// (choose_layout says which), by standing and size of the attention group. Some may leave room for no sequence.
std::vector<TriedLayout> possible_layouts(Deployment deployment);

/// Which number formats a chosen layout may have: the GPU's, or those that the deployment gives.
enum class Formats { any, given };

/// The layout for a model on a platform, and the layouts that it was chosen from.
struct LayoutChoice {
  Deployment deployment;           ///< With layout and precision; the batch is the largest that fits.
  TriedLayout chosen;              ///< Its batch is 0 if nothing fits: then it is what comes nearest.
  std::vector<TriedLayout> tried;  ///< Of equal standing with the chosen one, by rising size of the attention groups.
  std::string errors;              ///< Why no layout is possible at all; everything else is empty then.
};

/// Tries the layouts that come out even (`check_deployment`) on `gpus` GPUs and takes the smallest attention groups
/// that do:
/// - groups of one island come before larger ones;
/// - then groups that store each KV cache once (latent attention stores it again on each TP rank, grouped-query
///   attention where there are more ranks than KV heads);
/// - then groups of TP alone before those that split the cache along its length (KVP);
/// - of these, the smallest group with at least half of the largest batch that any of them gives: larger groups add
///   communication for little memory;
/// - feed-forward: a dense layer is split over its attention group; experts over as many ranks as divide them (EP);
/// what
///   is left makes groups that hold all experts each (DP) if that fits, or splits each expert (TP).
/// With Formats::any, weights are fp8 if the GPU computes in it, otherwise the first format that it has.
LayoutChoice choose_layout(const Deployment& wanted, int gpus, Formats formats = Formats::any);

/// The next number of GPUs on which a layout fits, of the powers of two, those of islands, and the next four numbers of
/// islands; 0 if none up to the largest.
int gpus_that_fit(const Deployment& wanted, int gpus, Formats formats = Formats::any);

}  // namespace ringtail
