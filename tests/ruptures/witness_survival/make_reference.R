# Remakes reference.csv from ruptures.csv (made-up ruptures: sessions since onset; 0 still under
# observation, 1 repaired, 2 drop-out, 3 end of therapy): Rscript make_reference.R (in this folder).
suppressPackageStartupMessages(library(survival))
x <- read.csv("ruptures.csv")
x$state <- factor(x$cause, 0:3, c("censored", "repaired", "drop-out", "end of therapy"))
fit <- survfit(Surv(time, state) ~ 1, data = x, conf.type = "log-log")
s <- summary(fit, times = 0:max(x$time))
rows <- list()
for (k in 2:4) rows[[k]] <- data.frame(cause = s$states[k], time = s$time, at_risk = s$n.risk[, 1],
  incidence = signif(s$pstate[, k], 10), se = signif(s$std.err[, k], 10),
  low = signif(s$lower[, k], 10), high = signif(s$upper[, k], 10))
one <- survfit(Surv(time, cause > 0) ~ 1, data = x)          # a single cause: Greenwood
s <- summary(one, times = 0:max(x$time))
rows[[5]] <- data.frame(cause = "any", time = s$time, at_risk = s$n.risk, incidence = signif(1 - s$surv, 10),
  se = signif(s$std.err, 10), low = NA, high = NA)
writeLines(paste("#", R.version.string, "survival", packageVersion("survival")), "reference.csv")
suppressWarnings(write.table(do.call(rbind, rows), "reference.csv", append = TRUE, sep = ",", row.names = FALSE))
