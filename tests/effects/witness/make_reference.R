# sessions.csv holds 551 sessions of a simulated study with their predictors, kept as they are.
# Remakes reference.csv from it: Rscript make_reference.R (in this folder).
# One row is one number: its name, its value, and the call that gave it.
suppressPackageStartupMessages(library(clubSandwich))
d <- read.csv("sessions.csv")
d$client <- factor(d$client)
terms <- "repairs + log_session + repaired_log + unrepaired_log"
rows <- list()
put <- function(name, value, call) rows[[length(rows) + 1]] <<- data.frame(name = name, value = value, call = call)

# 1. The jackknife written out: refit with an intercept for each client, leaving each client out.
model <- as.formula(paste("score ~ 0 + client +", terms))
whole <- lm(model, data = d)
b <- coef(whole)["repairs"]
put("estimate", b, "lm(score ~ 0 + client + repairs + log_session + repaired_log + unrepaired_log)")
for (term in c("log_session", "repaired_log", "unrepaired_log")) put(term, coef(whole)[term], "the same")
many <- names(which(table(d$client) > 1))
left <- sapply(many, function(g) coef(lm(model, data = droplevels(d[d$client != g, ])))["repairs"])
G <- length(many)
put("clients", G, "clients with two or more rows")
put("standard_error", sqrt((G - 1) / G * sum((left - b)^2)), "refits without each client")
for (g in many[1:12]) put(paste0("without_", g), left[[paste0(g, ".repairs")]], "refit without the client")

# 2. The same variance from clubSandwich: CR3 of the demeaned regression, which has no (G - 1) / G.
centre <- function(x) x - ave(x, d$client)
w <- data.frame(client = d$client, lapply(d[setdiff(names(d), "client")], centre))
demeaned <- lm(as.formula(paste("score ~ 0 +", terms)), data = w)
V <- vcovCR(demeaned, cluster = w$client, type = "CR3")
put("cr3", sqrt(V["repairs", "repairs"]), "clubSandwich::vcovCR(type = 'CR3') of the demeaned regression")

# 3. Effective degrees of freedom: each client's share of what the others leave of the exposure.
rest <- residuals(lm(repairs ~ 0 + log_session + repaired_log + unrepaired_log, data = w))
h <- tapply(rest^2, w$client, sum) / sum(rest^2)
put("df", 1 / sum(h^2) - 1, "residuals of repairs on the other terms, demeaned")
# 4. Growth of each client's own, shrunken: generalised least squares with an intercept for each
# client and the covariance I + 0.75^2 l l' of its sessions, whitened client by client.
whiten <- function(rows) {
  at <- rows$log_session
  root <- solve(t(chol(diag(nrow(rows)) + 0.75^2 * at %o% at)))
  table <- root %*% as.matrix(cbind(one = 1, rows[c("score", "repairs", "log_session")]))
  apply(table, 2, function(x) x - table[, 1] * sum(table[, 1] * x) / sum(table[, 1]^2))[, -1, drop = FALSE]
}
gls <- function(names) coef(lm(score ~ 0 + repairs + log_session, as.data.frame(do.call(rbind, lapply(split(d, d$client)[names], whiten)))))["repairs"]
own <- gls(many)
put("own_estimate", own, "whitened lm(score ~ 0 + repairs + log_session), intercepts taken out")
own_left <- sapply(many, function(g) gls(setdiff(many, g)))
put("own_standard_error", sqrt((G - 1) / G * sum((own_left - own)^2)), "the same without each client")
write.csv(do.call(rbind, rows), "reference.csv", row.names = FALSE)
