#!/usr/bin/env bash
# Data flows one way (docs/design.md): who may include what. Usage: structure.sh SOURCE_DIR
set -u
cd "$1" || exit 1
status=0

complain() {
  if [[ -n $2 ]]; then
    printf '%s:\n%s\n' "$1" "$2"
    status=1
  fi
}

complain 'SimGrid belongs in sim/engine alone' "$(grep -rnE '#include *[<"]simgrid' sim analysis | grep -v '^sim/engine/')"
complain 'yaml-cpp belongs in sim/config alone' "$(grep -rnE '#include *[<"]yaml-cpp' sim analysis | grep -v '^sim/config/')"
complain 'CLI11 belongs in the files of options' "$(grep -rlE '#include *[<"]CLI/' sim analysis | grep -v '^sim/cli/[a-z_]*option[a-z_]*\.cpp$')"

complain 'ringtail-mpi must stay without SimGrid, which defines MPI_* itself' \
  "$(grep -rnE '#include "' sim/mpi | grep -vE '"(mpi|base)/')"

# Modules in the order of the data; a module may include itself and those before it.
order=(sim/{base,stats,model,platform,fabric,parallel,routing,program,accounting,timeline,collectives,decode,network,engine,traffic,config,simulation,advice,results,library,study,report}
  analysis/{closed_form,compare,paper,qs,tune} sim/cli)
for ((i = 0; i < ${#order[@]}; ++i)); do
  for ((j = i + 1; j < ${#order[@]}; ++j)); do
    # config/deployment.hpp and the like are made of the configuration structs of every module, so config comes late.
    complain "${order[i]} must not include ${order[j]}" "$(grep -rn "#include \"${order[j]#*/}/" "${order[i]}")"
  done
done
for folder in sim/*/ analysis/*/; do
  compgen -G "$folder*.cpp" >/dev/null || continue  # data
  [[ $folder == sim/mpi/ ]] && continue             # a program of its own
  [[ " ${order[*]} " == *" ${folder%/} "* ]] || complain "folder without a place in the order" "$folder"
done
exit $status
