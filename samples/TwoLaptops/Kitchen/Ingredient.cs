namespace TwoLaptops.Kitchen;

public sealed class Ingredient
{
    public Guid Id { get; set; }

    public Guid RecipeId { get; set; }

    public required string Name { get; set; }

    public decimal Amount { get; set; }

    public required string Unit { get; set; }
}
