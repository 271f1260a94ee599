#include "parallel/ledger.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "model/published_models.hpp"

namespace ringtail {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

Platform with_capacity(Bytes capacity) {
  Platform platform;
  platform.gpu.hbm = {.capacity = capacity, .bandwidth = 1e12};
  return platform;
}

/// A deployment with all that the ledger looks at.
struct Case {
  Model model;
  Platform platform;
  Parallelism parallelism;
  Precision precision;
  Runtime runtime;
  int redundant_experts = 0;

  [[nodiscard]] Ledger ledger(int context, int batch_total) const {
    return memory_ledger(model, platform, parallelism, precision, runtime, redundant_experts, context, batch_total);
  }
  [[nodiscard]] int largest_batch(int context) const {
    return max_batch(model, platform, parallelism, precision, runtime, redundant_experts, context);
  }
};

/// Small enough for paper: 1 dense and 2 MoE layers on 2 attention groups of 2 KVP × 2 TP ranks, EP4 × TP2.
Case invented() {
  return {.model = {.name = "invented",
                    .source = "",
                    .layers = 3,
                    .hidden_size = 8,
                    .vocab_size = 20,
                    .tied_embeddings = false,
                    .attention = {.heads = 4, .kv_heads = 2, .head_dim = 4, .latent = std::nullopt},
                    .ffn = {.intermediate_size = 16, .gated = true},
                    .moe = Moe{.experts = 8,
                               .experts_per_token = 2,
                               .intermediate_size = 6,
                               .shared_experts = 1,
                               .first_dense_layers = 1},
                    .published = std::nullopt},
          .platform = with_capacity(10'000),
          .parallelism = {.attention = {.dp = 2, .kvp = 2, .tp = 2}, .ffn = {.ep = 4, .tp = 2}},
          .precision = {},  // weights and dispatch fp8 (1 byte), all else bf16 (2 bytes)
          .runtime = {.context_memory = 100, .memory_fraction = 0.9, .kv_block = 16}};
}

// Two bytes in place of one, or half a byte and a scale of one for 16 (dtype.hpp); of the routed experts' matrices
// alone.
TEST(Ledger, ExpertsHaveAFormatOfTheirOwn) {
  const Ledger plain = invented().ledger(40, 5);
  for (const auto& [format, bytes] : {std::pair(Dtype::bf16, 2.0), std::pair(Dtype::fp4, 0.5 + 1.0 / 16)}) {
    Case other = invented();
    other.precision.experts = format;
    const Ledger ledger = other.ledger(40, 5);
    EXPECT_EQ(ledger.at("experts"), bytes * plain.at("experts"));
    EXPECT_EQ(ledger.used() - ledger.at("experts"), plain.used() - plain.at("experts"));
  }
}

// 5 sequences of 40 tokens: the fullest group has 3, of which each of its 4 ranks owns at most 1.
TEST(Ledger, InventedModelByHand) {
  const Ledger ledger = invented().ledger(40, 5);
  // 2 query, 1 key, 1 value head of 4 on 8, and 2·4·8 for the output: 192 in each of 3 layers.
  EXPECT_EQ(ledger.at("attention_weights"), 3 * 192);
  EXPECT_EQ(ledger.at("dense_ffn"), 3 * 8 * (16 / 2));
  EXPECT_EQ(ledger.at("experts"), 2 * (8 / 4) * 3 * 8 * (6 / 2));  // layers · local experts · matrices
  EXPECT_EQ(ledger.at("shared_experts"), 2 * 3 * 8 * 6);           // not split
  EXPECT_EQ(ledger.at("router"), 2 * 8 * 8 * 2);                   // bf16
  EXPECT_EQ(ledger.at("norms"), (3 * 2 * 8 + 8) * 2);
  EXPECT_EQ(ledger.at("embeddings"), 8 * (20 / 4) * 2);
  EXPECT_EQ(ledger.at("lm_head"), 8 * (20 / 4) * 2);
  // 40 tokens are 3 blocks of 16, of which a KVP rank has up to 2; a key and a value of 4 elements in bf16, 3 layers.
  EXPECT_EQ(ledger.at("kv_cache"), 3 * (2 * 16) * 3 * (2 * 4) * 2);
  // The experts' inputs are largest: 2 local experts with room for 1 token of each of 8 ranks, 8 elements each (wider
  // than their gate and up of 2·3); against attention's 3 · 16, the dense FFN's 2 · 16 and the logits' 3 · 5.
  EXPECT_EQ(ledger.at("activations"), 3 * (16 * 8) * 2);
  // Receive slots of 8 + 4 (one scale) + 16 bytes, which is more than a combine's 16, twice; and the KVP exchange of 3
  // tokens with 2 heads of 4 bf16 and one fp32, which is more than 3 hidden vectors of 16 bytes.
  EXPECT_EQ(ledger.at("communication_buffers"), 2 * 16 * 28 + 3 * 2 * (4 * 2 + 4));
  EXPECT_EQ(ledger.at("context_memory"), 100);
  EXPECT_EQ(ledger.at("reserve"), 1000);
  EXPECT_EQ(ledger.used(), 576 + 192 + 288 + 288 + 256 + 112 + 80 + 80 + 4608 + 768 + 968 + 100 + 1000);
  EXPECT_EQ(ledger.free(), 10'000 - 9'316);
  EXPECT_EQ(ledger.largest().name, "kv_cache");
  EXPECT_THROW((void)ledger.at("no such line"), std::out_of_range);
}

// The same with 2 drafts, by one module: 9 query tokens in the fullest group, of which each rank owns at most 3.
TEST(Ledger, DraftsByHand) {
  Case c = invented();
  c.model.mtp = Mtp{1};
  const Ledger plain = c.ledger(40, 5);
  const Ledger ledger = memory_ledger(c.model, c.platform, c.parallelism, c.precision, c.runtime, 0, 40, 5, 2);
  // A MoE layer like the last: 192 + 144 + 144 bytes of fp8, and in bf16 a router of 8 · 8, norms of 2 · 8, the
  // projection of 16 to 8 and three norms of 8.
  EXPECT_EQ(ledger.at("drafter_weights"), 192 + 144 + 144 + 2 * (64 + 16 + 16 * 8 + 3 * 8));
  EXPECT_EQ(plain.at("drafter_weights"), 0);
  // 42 tokens are 3 blocks still; one layer more.
  EXPECT_EQ(ledger.at("kv_cache"), plain.at("kv_cache"));
  EXPECT_EQ(3 * ledger.at("drafter_kv_cache"), plain.at("kv_cache"));
  EXPECT_EQ(ledger.at("activations"), 3 * plain.at("activations"));
  EXPECT_EQ(ledger.at("communication_buffers"), 3 * plain.at("communication_buffers"));
  for (const char* const line : {"attention_weights", "experts", "lm_head", "reserve"})
    EXPECT_EQ(ledger.at(line), plain.at(line));
  // A drafted token behind 64 cached ones begins a fifth block, of which one KVP rank has 3.
  EXPECT_EQ(memory_ledger(c.model, c.platform, c.parallelism, c.precision, c.runtime, 0, 64, 5, 1).at("kv_cache"),
            3 * (3 * 16) * 3 * (2 * 4) * 2);
}

// One more sequence per group costs 1536 bytes of KV cache alone, more than the 684 that 3 leave: 3 in each of 2 groups
// fit.
TEST(MaxBatch, InventedModelByHand) { EXPECT_EQ(invented().largest_batch(40), 6); }

// Two replicas beside the invented model's 8 experts are 10 slots on 4 ranks: the fullest has 3 instead of 2, and so
// 288 bytes of experts become 432, rows for inputs of 8 tokens each 24 instead of 16: 3 · 24 · 8 bf16 of activations,
// and 24 receive slots. In all 144 + 384 + 448 bytes more than without: what was free, 684, no longer suffices for 3
// sequences per group, but the 1536 of one fewer do. Two replicas more fill the other ranks and change nothing on the
// fullest.
TEST(Ledger, ReplicasByHand) {
  Case c = invented();
  c.redundant_experts = 2;
  const Ledger ledger = c.ledger(40, 5);
  EXPECT_EQ(ledger.at("experts"), 2 * 3 * 3 * 8 * (6 / 2));
  EXPECT_EQ(ledger.at("activations"), 3 * (24 * 8) * 2);
  EXPECT_EQ(ledger.at("communication_buffers"), 2 * 24 * 28 + 3 * 2 * (4 * 2 + 4));
  EXPECT_EQ(ledger.free(), 10'000 - 9'316 - 144 - 384 - 448);
  EXPECT_EQ(c.largest_batch(40), 4);
  c.redundant_experts = 4;  // 12 slots, 3 on each rank.
  EXPECT_EQ(c.ledger(40, 5).used(), ledger.used());
}

// Two FFN groups on twice the GPUs with twice the sequences: each GPU holds what it held.
TEST(Ledger, FfnGroupsChangeNothingOnAGpu) {
  const Case one = invented();
  Case two = one;
  two.parallelism.attention.dp *= 2;
  two.parallelism.ffn.dp = 2;
  for (const LedgerLine& line : one.ledger(40, 6).lines) EXPECT_EQ(two.ledger(40, 12).at(line.name), line.bytes);
  EXPECT_EQ(two.largest_batch(40), 2 * one.largest_batch(40));
}

// A tied head is the embedding and stored once.
TEST(Ledger, TiedEmbeddingsHaveNoHeadOfTheirOwn) {
  Case c = invented();
  c.model.tied_embeddings = true;
  EXPECT_EQ(c.ledger(40, 5).at("lm_head"), 0);
  EXPECT_EQ(c.ledger(40, 5).at("embeddings"), 80);
}

// What a runtime's memory fraction leaves empty, by hand from the invented model's lines: weights 1872, KV cache 4608,
// activations, buffers and context 1836, of 10000.
TEST(Ledger, MemoryFractionsOfDifferentThings) {
  Case c = invented();
  const auto reserve = [&](Runtime::FractionOf of, double fraction) {
    c.runtime.memory_fraction_of = of;
    c.runtime.memory_fraction = fraction;
    return c.ledger(40, 5).at("reserve");
  };
  EXPECT_DOUBLE_EQ(reserve(Runtime::FractionOf::hbm, 0.75), 2500);
  // Weights and KV cache may have 7500; 2500 are for the others, which need 1836.
  EXPECT_DOUBLE_EQ(reserve(Runtime::FractionOf::weights_and_kv, 0.75), 2500 - 1836);
  EXPECT_EQ(reserve(Runtime::FractionOf::weights_and_kv, 0.9), 0);
  // A KV cache of 4608 must be three quarters of what is free beside it: a quarter of 6144 stays empty.
  EXPECT_DOUBLE_EQ(reserve(Runtime::FractionOf::free, 0.75), 1536);
}

// The definitions themselves, checked on either side of the largest batch.
TEST(MaxBatch, KeepsToTheMemoryFractionAsDefined) {
  Case c = invented();
  c.platform = with_capacity(100'000);
  const double f = c.runtime.memory_fraction = 0.8;
  const auto holds = [&](int batch) {
    const Ledger l = c.ledger(40, batch);
    const Bytes others = l.at("activations") + l.at("communication_buffers") + l.at("context_memory");
    const Bytes kv = l.at("kv_cache");
    const Bytes weights = l.used() - l.at("reserve") - others - kv;
    switch (c.runtime.memory_fraction_of) {
      case Runtime::FractionOf::hbm: return weights + kv + others <= f * l.capacity;
      case Runtime::FractionOf::weights_and_kv:
        return weights + kv <= f * l.capacity && weights + kv + others <= l.capacity;
      case Runtime::FractionOf::free: return kv <= f * (l.capacity - weights - others);
    }
    return false;
  };
  for (const auto of : {Runtime::FractionOf::hbm, Runtime::FractionOf::weights_and_kv, Runtime::FractionOf::free}) {
    c.runtime.memory_fraction_of = of;
    const int batch = c.largest_batch(40);
    EXPECT_GT(batch, 0);
    EXPECT_TRUE(holds(batch)) << batch;
    EXPECT_FALSE(holds(batch + 1)) << batch;
  }
}

// A window of 20 tokens in layers 0 and 2, all 40 in layer 1: 2 + 3 + 2 blocks of 16, of which a KVP rank has up to 1,
// 2 and 1; a key and a value of 4 elements in bf16 of 3 sequences.
TEST(Ledger, WindowsCacheTheirTokensOnly) {
  Case c = invented();
  c.model.attention.window = AttentionWindow{.tokens = 20, .full_every = 2};
  EXPECT_EQ(c.ledger(40, 5).at("kv_cache"), 3 * (1 + 2 + 1) * 16 * (2 * 4) * 2);
  c.model.attention.window->full_every = 0;
  EXPECT_EQ(c.ledger(40, 5).at("kv_cache"), c.ledger(400, 5).at("kv_cache"));
}

// Every second layer from layer 1 on has experts: one of three. Ungated experts have two matrices.
TEST(Ledger, AlternatingLayersByHand) {
  Case c = invented();
  c.model.moe->every = 2;
  c.model.moe->gated = false;
  const Ledger ledger = c.ledger(40, 5);
  EXPECT_EQ(ledger.at("dense_ffn"), 2 * 3 * 8 * (16 / 2));
  EXPECT_EQ(ledger.at("experts"), 1 * (8 / 4) * 2 * 8 * (6 / 2));
  EXPECT_EQ(ledger.at("router"), 1 * 8 * 8 * 2);
}

// Beside a decoder of 3 layers an encoder of 2 (the second with experts) that has read 40 tokens. Its layers cost what
// the decoder's do: attention 192, dense 192, 2 local experts of 72, shared 144 (bytes in fp8), router and norms in
// bf16. Cross-attention: 2 query heads, a key and a value head of 4 on 8, output: 192 again, and a norm, in 3 layers.
TEST(Ledger, EncoderDecoderByHand) {
  Case c = invented();
  c.model.encoder = Encoder{.layers = 2, .context = 40};
  const Ledger ledger = c.ledger(40, 5);
  EXPECT_EQ(ledger.at("encoder_weights"), 2 * 192 + 192 + 2 * 72 + 144 + 2 * 64 + 2 * (2 * 2 * 8 + 8));
  EXPECT_EQ(ledger.at("cross_attention"), 3 * (192 + 2 * 8));
  EXPECT_EQ(ledger.at("cross_kv_cache"), ledger.at("kv_cache"));  // as long, in as many layers
  c.model.encoder->context = 80;
  EXPECT_EQ(c.ledger(40, 5).at("cross_kv_cache"), 3 * (3 * 16) * 3 * (2 * 4) * 2);  // 3 of 5 blocks
  EXPECT_EQ(ledger.at("attention_weights"), invented().ledger(40, 5).at("attention_weights"));
}

// The same model on two stages of as many GPUs: two layers (the dense one and one with experts) and the embedding on
// the first, the last layer, the final norm and the head on the second. All 5 sequences are cached by both; 2 of the
// fullest group's 3 go through at a time.
TEST(Ledger, PipelineStageByHand) {
  Case c = invented();
  const Ledger whole = c.ledger(40, 5);
  c.parallelism.pipeline.stages = 2;
  const Ledger first = c.ledger(40, 5);  // It has more layers, and so less room.
  EXPECT_EQ(first.stage, 0);
  EXPECT_EQ(first.at("attention_weights") * 3, whole.at("attention_weights") * 2);
  EXPECT_EQ(first.at("kv_cache") * 3, whole.at("kv_cache") * 2);
  EXPECT_EQ(first.at("dense_ffn"), whole.at("dense_ffn"));
  EXPECT_EQ(first.at("experts") * 2, whole.at("experts"));
  EXPECT_EQ(first.at("router") * 2, whole.at("router"));
  EXPECT_EQ(first.at("norms"), 2 * (2 * 8) * 2);
  EXPECT_EQ(first.at("embeddings"), whole.at("embeddings"));
  EXPECT_EQ(first.at("lm_head"), 0);
  // A head of 2000 tokens' vocabulary is more than a layer: then the last stage is the fullest, and a tied embedding is
  // there once more.
  c.model.vocab_size = 2000;
  c.model.tied_embeddings = true;
  const Ledger last = c.ledger(40, 5);
  EXPECT_EQ(last.stage, 1);
  EXPECT_EQ(last.at("embeddings"), 0);
  EXPECT_EQ(last.at("lm_head"), 2000 / 4 * 8 * 2);
  EXPECT_EQ(last.at("norms"), (2 * 8 + 8) * 2);
  EXPECT_EQ(last.at("dense_ffn"), 0);
  EXPECT_EQ(last.at("attention_weights") * 3, whole.at("attention_weights"));
  // Three buffers of the logits of two tokens, in bf16.
  EXPECT_EQ(last.at("activations"), 3 * 2 * 500 * 2);
}

// A table of 30 positions of width 8 is on every rank, in bf16.
TEST(Ledger, LearnedPositionsAreOnEveryRank) {
  Case c = invented();
  c.model.learned_positions = 30;
  EXPECT_EQ(c.ledger(40, 5).at("embeddings"), 80 + 30 * 8 * 2);
}

/// DeepSeek-V3 on 64 GPUs of 180 GB, DP attention, EP64.
Case deepseek_on_64() {
  return {.model = published::deepseek_v3(),
          .platform = with_capacity(180e9),
          .parallelism = {.attention = {.dp = 64, .kvp = 1, .tp = 1}, .ffn = {.ep = 64, .tp = 1}},
          .precision = {},
          .runtime = {}};
}

// 128 sequences per GPU at 4096 tokens: 70 272 bytes per token of KV (arXiv:2405.04434 table 1: 576 bf16 elements in
// each of 61 layers); 4 experts of 44 040 192 parameters in each of 58 layers in fp8; 256 slots of 128 tokens, twice,
// of a bf16 vector: 14 336 bytes are more than a dispatch's 7168 + 224 + 16.
TEST(Ledger, DeepSeekOnSixtyFourGpus) {
  const Ledger ledger = deepseek_on_64().ledger(4096, 64 * 128);
  EXPECT_EQ(ledger.at("kv_cache"), 128.0 * 4096 * 70'272);
  EXPECT_EQ(ledger.at("experts"), 58.0 * 4 * 44'040'192);
  EXPECT_EQ(ledger.at("attention_weights"), 11'413'422'080);
  EXPECT_EQ(ledger.at("communication_buffers"), 2.0 * 256 * 128 * 14'336);
  EXPECT_TRUE(ledger.fits());
}

// One GPU sends nothing and gathers only the copies of its own tokens: 4 tokens · 2 experts · 8 elements, 3 bf16
// buffers; the query of 4·4 and keys and values of 2·8 elements are 4 · 32, the logits 4 · 20: attention is largest.
TEST(Ledger, OneGpuHasNoCommunicationBuffers) {
  Case c = invented();
  c.parallelism = {};
  const Ledger ledger = c.ledger(40, 4);
  EXPECT_EQ(ledger.at("communication_buffers"), 0);
  EXPECT_EQ(ledger.at("activations"), 3 * (4 * 32) * 2);
}

// 405 853 388 800 parameters in bf16 are 812 GB; most are in the FFN: 126 · 3 · 16384 · 53248.
TEST(MaxBatch, LlamaDoesNotFitIntoOneH100) {
  Case c{.model = published::llama_3_1_405b(),
         .platform = with_capacity(80 * gib),
         .parallelism = {},
         .precision = {},
         .runtime = {}};
  c.precision.weights = Dtype::bf16;
  EXPECT_EQ(c.largest_batch(4096), 0);
  const Ledger ledger = c.ledger(4096, 1);
  EXPECT_FALSE(ledger.fits());
  EXPECT_EQ(ledger.largest().name, "dense_ffn");
  EXPECT_EQ(ledger.at("attention_weights") + ledger.at("dense_ffn") + ledger.at("norms") + ledger.at("embeddings") +
                ledger.at("lm_head"),
            2 * 405'853'388'800.0);
}

/// Deployments of different kinds: latent and grouped attention, all degrees of parallelism.
std::vector<Case> deployments() {
  std::vector<Case> cases{invented(), deepseek_on_64()};
  Case qwen{.model = published::qwen3_235b_a22b(),
            .platform = with_capacity(80 * gib),
            .parallelism = {.attention = {.dp = 2, .kvp = 1, .tp = 8}, .ffn = {.ep = 16, .tp = 1}},
            .precision = {},
            .runtime = {}};
  cases.push_back(qwen);
  Case llama{.model = published::llama_3_1_405b(),
             .platform = with_capacity(180e9),
             .parallelism = {.attention = {.dp = 1, .kvp = 4, .tp = 8}, .ffn = {.ep = 1, .tp = 32}},
             .precision = {},
             .runtime = {}};
  cases.push_back(llama);
  Case helix = deepseek_on_64();
  helix.parallelism.attention = {.dp = 1, .kvp = 64, .tp = 1};
  cases.push_back(helix);
  return cases;
}

constexpr int contexts[] = {1, 16, 40, 1000, 4096, 4097, 131'072, 1'048'576};

// The largest batch is what it is called: it fits, and one sequence more does not.
TEST(MaxBatch, FitsAndOneMoreDoesNot) {
  for (const Case& c : deployments()) {
    for (const int context : contexts) {
      const int batch = c.largest_batch(context);
      EXPECT_TRUE(batch == 0 || c.ledger(context, batch).fits()) << c.model.name << " " << context;
      EXPECT_FALSE(c.ledger(context, batch + 1).fits()) << c.model.name << " " << context << " " << batch;
    }
  }
}

// Longer sequences need more memory each, so never more of them fit; more memory never holds fewer.
TEST(MaxBatch, FallsWithContextAndRisesWithCapacity) {
  for (Case c : deployments()) {
    int previous = c.largest_batch(contexts[0]);
    EXPECT_GT(previous, 0) << c.model.name;
    for (const int context : contexts) {
      const int batch = c.largest_batch(context);
      EXPECT_LE(batch, previous) << c.model.name << " " << context;
      previous = batch;
    }
    const int before = c.largest_batch(40);
    c.platform.gpu.hbm.capacity *= 1.5;
    EXPECT_GT(c.largest_batch(40), before) << c.model.name;
  }
}

// KVP splits the cache of a sequence: over 64 ranks each holds a 64th where the blocks divide evenly, and TP none of
// it, as the latent is stored whole.
TEST(Ledger, KvpSplitsTheCacheAndTpDoesNotSplitTheLatent) {
  Case c = deepseek_on_64();
  c.parallelism = {.attention = {.dp = 1, .kvp = 1, .tp = 64}, .ffn = {.ep = 64, .tp = 1}};
  const Bytes whole = c.ledger(131'072, 1).at("kv_cache");
  EXPECT_EQ(whole, 131'072.0 * 70'272);
  c.parallelism.attention = {.dp = 1, .kvp = 64, .tp = 1};
  EXPECT_EQ(64 * c.ledger(131'072, 1).at("kv_cache"), whole);
}

// Stored bytes over all ranks of a group, relative to the KV cache itself, is what the factor says (kvp does not change
// it).
// As InventedModelByHand, with CP in KVP's place: the fullest group's 3 sequences are dealt to 2 CP ranks of 2 TP
// ranks.
TEST(Ledger, ARingByHand) {
  Case c = invented();
  const Ledger kvp = c.ledger(40, 5);
  c.parallelism.attention = {.dp = 2, .kvp = 1, .tp = 2, .cp = 2};
  const Bytes experts = 2 * 16 * 28;  // Up to 2 sequences on a CP rank, so still 1 token for each of its TP ranks.
  // The queries of 2 tokens, 2 heads of 4 bf16, come while others are attended to; and 3 tokens' outputs go home.
  const Ledger pass_q = c.ledger(40, 5);
  EXPECT_EQ(pass_q.at("communication_buffers"), experts + 3 * 2 * (4 * 2 + 4) + 2 * (2 * 2 * 4 * 2));
  // A rank's part of the caches in a layer, 2 blocks of 16 of 3 sequences, likewise; and 2 hidden vectors.
  c.parallelism.attention.cp_ring = CpRing::pass_kv;
  const Ledger pass_kv = c.ledger(40, 5);
  EXPECT_EQ(pass_kv.at("communication_buffers"), experts + 2 * 16 + 2 * (3 * 2 * 16) * (2 * 4) * 2);
  // The cache is split as by KVP, weights are not split at all.
  for (const char* line : {"kv_cache", "attention_weights", "dense_ffn", "experts", "norms", "reserve"}) {
    EXPECT_EQ(pass_q.at(line), kvp.at(line)) << line;
    EXPECT_EQ(pass_kv.at(line), kvp.at(line)) << line;
  }
}

TEST(DuplicatedKvFactor, IsStoredOverNeeded) {
  for (const Case& original : deployments()) {
    for (const int tp : {1, 2, 4, 8, 16}) {
      Case c = original;
      c.runtime.kv_block = 16;
      c.parallelism = {.attention = {.dp = 1, .kvp = 2, .tp = tp}, .ffn = {.ep = 2 * tp, .tp = 1}};
      const Bytes stored = 2 * tp * c.ledger(1024, 1).at("kv_cache");
      c.parallelism = {};
      const Bytes needed = c.ledger(1024, 1).at("kv_cache");
      EXPECT_DOUBLE_EQ(duplicated_kv_factor(c.model, {.dp = 3, .kvp = 2, .tp = tp}), stored / needed);
    }
  }
}

// Latent: once per TP rank. Qwen3's 4 heads: twice on 8 ranks. Llama's 8 heads: once.
TEST(DuplicatedKvFactor, OfTheShippedModels) {
  EXPECT_EQ(duplicated_kv_factor(published::deepseek_v3(), {.dp = 1, .kvp = 1, .tp = 8}), 8);
  EXPECT_EQ(duplicated_kv_factor(published::qwen3_235b_a22b(), {.dp = 1, .kvp = 1, .tp = 8}), 2);
  EXPECT_EQ(duplicated_kv_factor(published::qwen3_235b_a22b(), {.dp = 1, .kvp = 1, .tp = 4}), 1);
  EXPECT_EQ(duplicated_kv_factor(published::llama_3_1_405b(), {.dp = 1, .kvp = 1, .tp = 8}), 1);
}

}  // namespace
}  // namespace ringtail
