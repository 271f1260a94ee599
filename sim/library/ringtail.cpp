#include "library/ringtail/ringtail.hpp"

#include <utility>

#include "config/catalog.hpp"
#include "config/load.hpp"
#include "results/json.hpp"
#include "results/version.hpp"
#include "simulation/forked.hpp"
#include "simulation/simulate.hpp"

namespace ringtail::api {

struct Deployment::Content {
  ringtail::Deployment deployment;
  BatchPlan plan;
};

namespace {

std::filesystem::path data_of(const ReadOptions& options) {
  return options.data.empty() ? data_directory() : options.data;
}

/// The deployment and its batch. Throws InputError.
std::pair<ringtail::Deployment, BatchPlan> checked(LoadResult loaded) {
  if (!loaded.deployment) throw InputError(loaded.errors);
  BatchPlan plan = plan_batch(*loaded.deployment);
  if (plan.error) throw InputError(loaded.sources.diagnostic_at("decode.batch", plan.error->message, plan.error->help));
  return {std::move(*loaded.deployment), std::move(plan)};
}

Headline headline_of(const Result& result) {
  Headline headline;
  headline.feasible = result.feasible();
  headline.infeasible_reason = result.infeasible_reason;
  headline.warnings = result.warnings;
  if (!result.measurement) return headline;
  headline.batch_total = result.capacity.batch_total;
  headline.step_s = result.measurement->step.mean;
  headline.tpot_s = result.measurement->step.tpot;
  if (const auto& interval = result.measurement->step.ci95) {
    headline.step_ci95_low_s = interval->low;
    headline.step_ci95_high_s = interval->high;
  }
  headline.tokens_per_s = result.measurement->throughput.tokens_per_s;
  headline.tokens_per_s_per_gpu = result.measurement->throughput.tokens_per_s_per_gpu;
  headline.tokens_per_s_per_sequence = result.measurement->throughput.tokens_per_s_per_sequence;
  return headline;
}

}  // namespace

Deployment::Deployment(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Deployment::Deployment(const Deployment& other) : content_(std::make_unique<Content>(*other.content_)) {}
Deployment::Deployment(Deployment&&) noexcept = default;
Deployment& Deployment::operator=(Deployment&&) noexcept = default;
Deployment::~Deployment() = default;

Deployment& Deployment::operator=(const Deployment& other) {
  if (this != &other) content_ = std::make_unique<Content>(*other.content_);
  return *this;
}

Deployment Deployment::from_file(const std::filesystem::path& file, const ReadOptions& options) {
  auto [deployment, plan] = checked(load_deployment(file, options.set, data_of(options)));
  return Deployment(std::make_unique<Content>(Content{std::move(deployment), std::move(plan)}));
}

Deployment Deployment::from_text(const std::string& yaml, const ReadOptions& options, const std::string& name) {
  auto [deployment, plan] = checked(load_deployment_text(name, yaml, options.set, data_of(options)));
  return Deployment(std::make_unique<Content>(Content{std::move(deployment), std::move(plan)}));
}

const std::string& Deployment::name() const { return content_->deployment.name; }
int Deployment::gpus() const { return content_->deployment.gpus; }
int Deployment::batch_total() const {
  return content_->plan.infeasible_reason.empty() ? content_->plan.capacity.batch_total : 0;
}

Outcome Deployment::simulate(int jobs) const {
  try {
    const Result result = ringtail::simulate(content_->deployment, content_->plan, {.jobs = jobs});
    return {headline_of(result), to_json(result)};
  } catch (const TaskFailed& error) {
    throw SimulationError(error.what());
  }
}

std::string version() { return ringtail::version; }

}  // namespace ringtail::api
