# Remakes reference.csv from the data sets beside it: Rscript make_reference.R (in this folder).
# One row is one number: the data set, the quantity, its value, and the call that gave it.
suppressPackageStartupMessages({ library(psych); library(lme4) })
read <- function(name) read.csv(paste0(name, ".csv"))
rows <- list()
put <- function(data, quantity, value, call) {
  rows[[length(rows) + 1]] <<- data.frame(data = data, quantity = quantity, value = value, call = call)
}

one_form <- function(name, x) {
  x <- na.omit(x)                                   # rows with a missing answer are dropped first
  a <- psych::alpha(x, use = "complete.obs")
  put(name, "rows", nrow(x), "nrow(na.omit(x))")
  put(name, "alpha", a$total$raw_alpha, "psych::alpha(x)$total$raw_alpha")
  put(name, "alpha_lower", a$feldt$lower.ci[[1]], "psych::alpha(x)$feldt")
  put(name, "alpha_upper", a$feldt$upper.ci[[1]], "psych::alpha(x)$feldt")
  for (i in seq_len(ncol(x))) {
    put(name, paste0("item_rest_", i), a$item.stats$r.drop[i], "psych::alpha(x)$item.stats$r.drop")
    put(name, paste0("item_mean_", i), a$item.stats$mean[i], "psych::alpha(x)$item.stats$mean")
    put(name, paste0("item_sd_", i), a$item.stats$sd[i], "psych::alpha(x)$item.stats$sd")
  }
  om <- suppressMessages(suppressWarnings(psych::omega(x, nfactors = 1, plot = FALSE)))
  put(name, "omega_standardised", om$omega.tot, "psych::omega(x, nfactors = 1)$omega.tot")
  f <- psych::fa(x, nfactors = 1, fm = "minres")
  l <- as.numeric(f$loadings); l <- l * sign(sum(l))
  for (i in seq_along(l)) put(name, paste0("loading_", i), l[i], "psych::fa(x, 1, fm = 'minres')$loadings")
  raw <- 1 - sum(f$uniquenesses * apply(x, 2, var)) / var(rowSums(x))
  put(name, "omega", raw, "f <- psych::fa(x, 1); 1 - sum(f$uniquenesses * apply(x, 2, var)) / var(rowSums(x))")
}
one_form("complete", read("complete"))
one_form("missing", read("missing"))
x <- read("reversed"); x$item_4 <- 8 - x$item_4; x$item_10 <- 8 - x$item_10
one_form("reversed", x)

i <- psych::ICC(read("pairs"), lmer = FALSE)$results
for (r in seq_len(nrow(i))) {
  for (what in c("ICC", "F", "df1", "df2", "p", "lower bound", "upper bound"))
    put("pairs", paste(i$type[r], what), i[r, what], "psych::ICC(x, lmer = FALSE)$results")
}

over_sessions <- function(name, x, aov) {
  items <- grep("item", names(x), value = TRUE)
  x$client <- factor(x$client); x$session <- factor(x$session)
  m <- suppressWarnings(psych::multilevel.reliability(x, grp = "client", Time = "session", items = items,
    alpha = FALSE, aov = aov, lmer = !aov, lme = FALSE))
  call <- paste0("psych::multilevel.reliability(x, grp = 'client', Time = 'session', items, aov = ", aov,
                 ", lmer = ", !aov, ", lme = FALSE)")
  label <- if (aov) "aov" else "lmer"
  # Its lmer is refitted with a finer stopping rule, because the default leaves the fourth digit open.
  if (!aov) {
    long <- reshape(x, direction = "long", varying = items, v.names = "y", timevar = "items", idvar = c("client", "session"))
    fine <- lme4::lmer(y ~ 1 + (1 | client) + (1 | session) + (1 | items) + (1 | client:session) +
      (1 | client:items) + (1 | items:session), data = long,
      control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5)))
    v <- as.data.frame(VarCorr(fine)); v <- setNames(v$vcov, v$grp)
    for (g in names(v)) put(name, paste0("fine_", g), v[[g]], "lme4::lmer(y ~ 1 + (1|client) + (1|session) + (1|items) + (1|client:session) + (1|client:items) + (1|items:session)), bobyqa rhoend 1e-10")
  }
  for (part in c("ID", "Time", "Items", "ID x time", "ID x items", "time x items", "Residual"))
    put(name, paste0(label, "_", part), m$components[part, 1], call)
  put(name, paste0(label, "_n_time"), m$n.time, call)
  for (r in c("RkF", "R1R", "RkR", "Rc")) put(name, paste0(label, "_", r), m[[r]], call)
}
over_sessions("balanced", read("balanced"), TRUE)
over_sessions("balanced", read("balanced"), FALSE)
over_sessions("unbalanced", read("unbalanced"), FALSE)

out <- do.call(rbind, rows)
out$value <- formatC(out$value, digits = 12, format = "g", flag = "#")
out$versions <- paste0("R ", getRversion(), ", psych ", packageVersion("psych"), ", lme4 ", packageVersion("lme4"))
write.csv(out, "reference.csv", row.names = FALSE)
