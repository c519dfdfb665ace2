# Remakes reference.csv. In this folder:
#   python make_data.py /tmp/studies && Rscript make_reference.R /tmp/studies
# One row is one number of one study: log-likelihoods, fixed effects, their standard errors, variances.
suppressPackageStartupMessages(library(lme4))
folder <- commandArgs(trailingOnly = TRUE)[1]
fixed <- c("level" = "total ~ session", "level, little spread" = "total ~ session",
  "slope" = "total ~ session", "slope, little spread" = "total ~ session",
  "groups" = "total ~ session * repaired", "therapists" = "total ~ session",
  "therapists and slope" = "total ~ session")
random <- c("level" = "(1 | client)", "level, little spread" = "(1 | client)",
  "slope" = "(1 + session | client)", "slope, little spread" = "(1 + session | client)",
  "groups" = "(1 + session | client)", "therapists" = "(1 | therapist) + (1 | client)",
  "therapists and slope" = "(1 | therapist) + (1 + session | client)")
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5),
  check.conv.grad = "ignore", check.conv.singular = "ignore", check.conv.hess = "ignore")
rows <- list()
for (kind in names(fixed)) for (number in 1:11) {
  x <- read.csv(file.path(folder, paste0(kind, "_", number, ".csv")))
  put <- function(quantity, value)
    rows[[length(rows) + 1]] <<- data.frame(kind, number, quantity, value = signif(value, 9))
  formula <- as.formula(paste(fixed[kind], "+", random[kind]))
  m <- lmer(formula, x, REML = TRUE, control = control)
  put("rows", nrow(x))
  put("sum", sum(x$total))
  put("reml", as.numeric(logLik(m)))
  put("ml", as.numeric(logLik(lmer(formula, x, REML = FALSE, control = control))))
  b <- fixef(m); s <- sqrt(diag(as.matrix(vcov(m))))
  for (i in names(b)) { put(paste("estimate", i), b[[i]]); put(paste("se", i), s[[i]]) }
  v <- as.data.frame(VarCorr(m))
  for (i in seq_len(nrow(v))) put(paste("variance", v$grp[i], v$var1[i], v$var2[i]), v$vcov[i])
}
writeLines(paste("#", R.version.string, "lme4", packageVersion("lme4"), "bobyqa, rhoend 1e-9"), "reference.csv")
suppressWarnings(write.table(do.call(rbind, rows), "reference.csv", append = TRUE, sep = ",", row.names = FALSE))
