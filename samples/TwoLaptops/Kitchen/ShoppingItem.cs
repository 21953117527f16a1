namespace TwoLaptops.Kitchen;

public sealed class ShoppingItem
{
    public Guid Id { get; set; }

    public required string What { get; set; }

    public required string WrittenBy { get; set; }

    public bool Bought { get; set; }
}
