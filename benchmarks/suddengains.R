# Times R's suddengains on a wide table: Rscript benchmarks/suddengains.R wide.csv
# Prints the seconds. Written from the package's manual and not yet run by us: there was no R.
suppressMessages(library(suddengains))
wide <- read.csv(commandArgs(trailingOnly = TRUE)[1])
time <- system.time(
  identify_sl(
    data = wide, id_var_name = "id", sg_crit1_cutoff = 1,
    sg_var_list = paste0("s", 1:12)
  )
)
cat(time[["elapsed"]], "\n")
