// What the page is made of, in the order in which it is read.
function buildPage(data) {
  const first = data.results[0];
  const title = first ? first.provenance.deployment.name : data.studies[0] ? `Study: ${data.studies[0].name}` : data.qs[0] ? data.qs[0].name : (data.comparisons[0]?.deployments ?? data.ladders[0].ladders)[0].name;
  document.getElementById("title").textContent = title;
  document.getElementById("subtitle").textContent = first ? subtitleOf(first) : "";
  data.results.forEach((result, i) => addResult(result, i, data.results.length));
  data.comparisons.forEach(addComparison);
  data.ladders.forEach(addLadder);
  data.qs.forEach(addQs);
  data.studies.forEach(addStudy);
  const runs = data.results.map((r) => `${r.provenance.deployment.name}: configuration ${r.provenance.config_hash}, seed ${r.provenance.seed}, version ${r.provenance.version} (${r.provenance.git_commit.slice(0, 12)}), SimGrid ${r.provenance.simgrid_version}`);
  document.getElementById("footer").append(...runs.map((text) => element("p", {}, text)), element("p", {}, `Made by Ringtail ${data.version} from ${data.files.join(", ")}. Simulated, not measured.`));
}

function subtitleOf(result) {
  const d = result.provenance.deployment, a = d.parallelism.attention, f = d.parallelism.ffn;
  return `${result.model.name} on ${countText(d.gpus, `${result.platform.name} GPU`)} · attention DP${a.dp} × ${a.cp > 1 ? `CP${a.cp}` : `KVP${a.kvp}`} × TP${a.tp}, FFN DP${f.dp} × EP${f.ep} × TP${f.tp}`
    + (d.parallelism.pp > 1 ? ` · PP${d.parallelism.pp}` : "") + ` · context ${typeof d.decode.context === "object" ? JSON.stringify(d.decode.context) : d.decode.context} tokens`;
}

start();
