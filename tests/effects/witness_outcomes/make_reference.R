# Remakes reference.csv from outcomes.csv and kinds.csv: Rscript make_reference.R (in this folder).
# Base R only; first and last scores, reliable change and HC3 are worked out here anew.
o <- read.csv("outcomes.csv"); k <- read.csv("kinds.csv")
o <- o[order(o$client, o$session), ]
first <- tapply(o$total, o$client, head, 1); last <- tapply(o$total, o$client, tail, 1)
n <- tapply(o$total, o$client, length)
d <- k; d$first <- as.numeric(first[k$client]); d$last <- as.numeric(last[k$client]); d$n <- as.numeric(n[k$client])
d <- d[!is.na(d$n) & d$n > 1, ]
change <- d$first - d$last                                    # PHQ-9: lower is better
counts <- table(d$kind, cut(change, c(-Inf, -6, 5.5, Inf), c("deteriorated", "none", "improved")))
kinds <- c("uninterrupted", "repaired", "unrepaired", "mixed")
u <- d[d$kind %in% kinds, ]; u$kind <- factor(u$kind, kinds)
hc3 <- function(m) {
  x <- model.matrix(m); bread <- solve(crossprod(x)); h <- rowSums((x %*% bread) * x)
  bread %*% crossprod(x * (resid(m) / (1 - h))) %*% bread
}
m <- lm(last ~ kind + first + log(sessions), u)
v <- hc3(m); b <- coef(m)
line <- function(name, w) data.frame(contrast = name, estimate = signif(-sum(w * b), 9),
  se = signif(sqrt(drop(t(w) %*% v %*% w)), 9), df = m$df.residual)
weigh <- function(one, other = NULL) {
  w <- setNames(rep(0, length(b)), names(b)); w[paste0("kind", one)] <- 1
  if (!is.null(other)) w[paste0("kind", other)] <- -1
  w
}
rows <- rbind(line("repaired v uninterrupted", weigh("repaired")), line("unrepaired v uninterrupted", weigh("unrepaired")),
  line("mixed v uninterrupted", weigh("mixed")), line("repaired v unrepaired", weigh("repaired", "unrepaired")))
writeLines(paste("#", R.version.string), "reference.csv")
suppressWarnings(write.table(rows, "reference.csv", append = TRUE, sep = ",", row.names = FALSE))
write.csv(as.data.frame.matrix(counts), "changes.csv")
