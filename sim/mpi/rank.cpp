#include "mpi/rank.hpp"

#include <mpi.h>
#include <poll.h>
#include <sys/wait.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace ringtail {
namespace {

enum Tag : int { point_tag = 1, answer_tag, end_tag };

void send(const std::string& text, int rank, Tag tag) {
  MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, rank, tag, MPI_COMM_WORLD);
}

/// How a child ended, for a point's reason.
std::string describe(int status) {
  if (WIFSIGNALED(status))
    return "its worker was ended by signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) +
           ")";
  return "its worker ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Rank::Rank(RankCommands commands) : commands_(std::move(commands)) {
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
}

int Rank::run() {
  if (rank_ == 0) manager_.emplace(commands_.manager, Child::Through::three);
  while (goes_on_) {
    look_at_messages();
    look_at_children();
  }
  return rank_ == 0 ? end() : 0;
}

void Rank::look_at_messages() {
  int is_there = 0;
  MPI_Status status;
  while (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &is_there, &status), is_there) {
    int size = 0;
    MPI_Get_count(&status, MPI_CHAR, &size);
    std::string text(static_cast<std::size_t>(size), '\0');
    MPI_Recv(text.data(), size, MPI_CHAR, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (status.MPI_TAG == point_tag) work(text);
    if (status.MPI_TAG == answer_tag) tell_manager(std::to_string(status.MPI_SOURCE) + " " + text);
    if (status.MPI_TAG == end_tag) goes_on_ = false;
  }
}

void Rank::look_at_children() {
  constexpr int milliseconds = 1;
  pollfd polled[2] = {{-1, POLLIN, 0}, {-1, POLLIN, 0}};  // poll() leaves out what is negative
  if (manager_) polled[0].fd = manager_->channel().input();
  if (worker_) polled[1].fd = worker_->channel().input();
  if (::poll(polled, 2, milliseconds) <= 0) return;
  if (polled[1].revents != 0) look_at_worker();
  if (polled[0].revents != 0) goes_on_ = manager_->channel().receive([this](const std::string& line) { relay(line); });
}

void Rank::look_at_worker() {
  const auto on_line = [this](const std::string& line) {
    is_working_ = false;
    deaths_ = 0;
    answer(line);
  };
  if (worker_->channel().receive(on_line)) return;
  const int status = worker_->wait();
  worker_.reset();
  if (!std::exchange(is_working_, false)) return;
  constexpr int most_deaths = 20;  // with no point done between them: something is wrong with this machine
  if (!WIFSIGNALED(status) || ++deaths_ > most_deaths)
    throw std::runtime_error("rank " + std::to_string(rank_) + " cannot keep a worker: " + describe(status));
  answer("!" + describe(status));
}

void Rank::relay(const std::string& line) {
  const std::size_t space = line.find(' ');
  const int rank = std::stoi(line);
  if (rank == rank_)
    work(line.substr(space + 1));
  else
    send(line.substr(space + 1), rank, point_tag);
}

void Rank::work(const std::string& point) {
  if (!worker_) worker_ = std::make_unique<Child>(commands_.worker, Child::Through::standard);
  is_working_ = true;
  // A worker that has died meanwhile cannot be written to; its end is seen later.
  static_cast<void>(worker_->channel().send(point));
}

void Rank::answer(const std::string& text) {
  if (rank_ == 0)
    tell_manager("0 " + text);
  else
    send(text, 0, answer_tag);
}

void Rank::tell_manager(const std::string& line) {
  // A manager that is gone is seen when its channel is read.
  static_cast<void>(manager_->channel().send(line));
}

int Rank::end() {
  const int status = manager_->wait();
  if (WIFSIGNALED(status))
    throw std::runtime_error("the sweep was ended by signal " + std::to_string(WTERMSIG(status)) +
                             "; what is finished is kept, and the same command goes on");
  for (int rank = 1; rank < size_; ++rank) send({}, rank, end_tag);
  return WEXITSTATUS(status);
}

}  // namespace ringtail
