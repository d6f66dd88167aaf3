# From the lines of step_bench and its peers, each with "setting=NAME" in front, to a table and a CSV file.
# Variables: runs; csv, a file or nothing; order, the workloads; bad, a file to write to when programs disagree.

{
  split("", field)
  for (i = 1; i <= NF; ++i) {
    at = index($i, "=")
    field[substr($i, 1, at - 1)] = substr($i, at + 1)
  }
  key = field["program"] SUBSEP field["workload"] SUBSEP field["threads"] SUBSEP field["setting"]
  times[key, ++count[key]] = field["median_us"]
  memory[key] = field["peak_rss_kib"] / 1024
  faults[key] = field["faults_per_step"]
  allocations[key] = field["allocations_per_step"]
  loss[field["program"], field["workload"]] = field["loss"]
  about = field["program"] " " field["version"] ", " field["blas"] " core " field["core"]
  if (!(about in seen)) {
    seen[about] = 1
    print about
  }
}

function median(key,    n, i, k, t, sorted) {
  n = count[key]
  for (i = 1; i <= n; ++i) {
    t = times[key, i] + 0
    for (k = i - 1; k >= 1 && sorted[k] > t; --k) sorted[k + 1] = sorted[k]
    sorted[k + 1] = t
  }
  return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# The key of libtorch's fastest setting; a caller with two threads may always use one.
function best_peer(workload, threads,    settings, n, i, key, best) {
  n = split(threads == 1 ? "one_thread" : "one_thread plain openblas_1_thread omp_passive", settings, " ")
  for (i = 1; i <= n; ++i) {
    key = "libtorch" SUBSEP workload SUBSEP (settings[i] == "one_thread" ? 1 : 2) SUBSEP settings[i]
    if (key in count && (best == "" || median(key) < median(best))) best = key
  }
  return best
}

function number(x) { return x == "" ? "" : sprintf(x < 10 ? "%.3f" : x < 1000 ? "%.1f" : "%.0f", x) }

END {
  print "microseconds per training step, medians of " runs " processes; MiB: peak memory; faults: page faults per step;"
  print "mallocs: per step; setting: libtorch's fastest"
  print ""
  format = "%-20s %7s %10s %12s %7s %10s %13s %7s %8s  %s\n"
  printf format, "workload", "threads", "xgrad_us", "libtorch_us", "ratio", "xgrad_MiB", "libtorch_MiB", "faults",
         "mallocs", "setting"
  if (csv != "") print "workload,threads,xgrad_us,libtorch_us,ratio" > csv
  n = split(order, names, " ")
  for (i = 1; i <= n; ++i) {
    name = names[i]
    for (threads = 1; threads <= 2; ++threads) {
      key = "xgrad" SUBSEP name SUBSEP threads SUBSEP "-"
      peer = best_peer(name, threads)
      ours = median(key)
      theirs = ratio = setting = peer_memory = ""
      if (peer != "") {
        theirs = median(peer)
        ratio = sprintf("%.2f", theirs / ours)
        split(peer, part, SUBSEP)
        setting = part[4]
        peer_memory = sprintf("%.0f", memory[peer])
      }
      printf format, name, threads, number(ours), number(theirs), ratio, sprintf("%.0f", memory[key]), peer_memory,
             faults[key], allocations[key], setting
      if (csv != "") printf "%s,%d,%s,%s,%s\n", name, threads, number(ours), number(theirs), ratio > csv
    }
    a = loss["xgrad", name]
    b = loss["libtorch", name]
    allowed = 1e-3 * (b > 1 ? b : 1)  # a loss near 0 has lost what was alike in its digits
    if (b != "" && (a - b > allowed || b - a > allowed)) {
      printf "%s: the loss after 10 steps is %s in xgrad and %s in libtorch: they did not do the same work\n",
             name, a, b > bad
    }
  }
}
